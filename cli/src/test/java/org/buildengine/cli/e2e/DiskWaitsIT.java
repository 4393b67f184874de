package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users are told while the disk of the engine stands still. */
class DiskWaitsIT {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Path root;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Site site;

    @BeforeEach
    void mount() throws Exception {
        root = Files.createDirectories(directory.resolve("engine/root"));
        String disk = directory.resolve("disk").toString();
        call("truncate", "--size=1G", disk);
        call("mkfs.ext4", "-q", disk);
        call("mount", "-o", "loop", disk, root.toString());
        site = Site.openForSessions(directory, Map.of());
    }

    @AfterEach
    void unmount() throws Exception {
        try {
            site.close();
        } finally {
            call("umount", root.toString());
        }
    }

    private void call(String... command) throws IOException, InterruptedException {
        assertThat(Running.start(directory, directory, Map.of(), List.of(command), "")
                        .finish()
                        .code())
                .isZero();
    }

    private String step(Client client, String word) throws Exception {
        return client.ask("container { from(address: \"" + site.image() + "\") { withExec(args: [\"echo\", \"" + word
                + "\"]) { stdout");
    }

    private String waits() throws Exception {
        return site.engine().engine("waits").succeeded().out();
    }

    @Test
    void storeThatTakesNoChangeIsNamed() throws Exception {
        try (Client client = Client.open(site.engine().address());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(step(client, "one")).isEqualTo("one\n");
            call("fsfreeze", "--freeze", root.toString());
            Future<String> second;
            try {
                second = threads.submit(() -> step(client, "two"));
                await().atMost(Running.PATIENCE)
                        .until(() -> waits().lines()
                                .anyMatch(line ->
                                        line.matches("\\d+ s  the engine waits until the store has taken a change,"
                                                + " for \\d+ \\w+ more at most")));
                assertThat(second).isNotDone();
            } finally {
                call("fsfreeze", "--unfreeze", root.toString());
            }
            assertThat(second.get()).isEqualTo("two\n");
        }
        await().atMost(Running.PATIENCE).until(() -> waits().equals("Nobody waits.\n"));
    }
}
