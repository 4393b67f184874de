package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users are told of who waits for whom. */
class WaitsIT {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @SuppressWarnings("NullAway.Init") // set before each test
    private Site site;

    @BeforeEach
    void open() throws IOException, InterruptedException {
        site = Site.openForSessions(directory, Map.of());
    }

    @AfterEach
    void close() throws Exception {
        site.close();
    }

    /** A step that has the volume until there is a file in it. */
    private String step(Client client, String volume, String word) throws Exception {
        return client.ask("container { from(address: \"" + site.image()
                + "\") { withMountedCache(path: \"/cache\", sharing: LOCKED, cache: \"" + volume
                + "\") { withExec(args: [\"sh\", \"-c\", \"echo " + word
                + "; until [ -e /cache/go ]; do sleep 0.1; done\"]) { stdout");
    }

    private String waits(String... options) throws Exception {
        var arguments = new ArrayList<>(List.of("waits"));
        arguments.addAll(List.of(options));
        return site.engine()
                .engine(arguments.toArray(String[]::new))
                .succeeded()
                .out();
    }

    @Test
    void stepThatWaitsForAVolumeIsNamedWithTheOneThatHasIt() throws Exception {
        assertThat(waits()).isEqualTo("Nobody waits.\n");
        try (Client one = Client.open(site.engine().address());
                Client two = Client.open(site.engine().address());
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String volume = one.ask("cacheVolume(key: \"k\") { id");
            Future<String> first = threads.submit(() -> step(one, volume, "one"));
            Future<String> second;
            try {
                await().atMost(Running.PATIENCE)
                        .until(() -> waits().lines().anyMatch(line -> line.matches(".* exec .*one.* runs")));
                second = threads.submit(() -> step(two, volume, "two"));
                await().atMost(Running.PATIENCE).until(() -> waits().contains(" waits for cache volume "));
                allAreNamed();
            } finally {
                release();
            }
            assertThat(List.of(first.get(), second.get())).containsExactly("one\n", "two\n");
        }
        await().atMost(Running.PATIENCE).until(() -> waits().equals("Nobody waits.\n"));
    }

    private void allAreNamed() throws Exception {
        assertThat(waits().lines())
                .anyMatch(line -> line.matches("\\d+ \\w+  client \\S+ of .* waits for step [0-9a-f]{8} exec .*one.*"))
                .anyMatch(line -> line.matches("\\d+ \\w+  step [0-9a-f]{8} exec .*one.* runs"))
                .anyMatch(line -> line.matches("\\d+ \\w+  client \\S+ of .* waits for step [0-9a-f]{8} exec .*two.*"))
                .anyMatch(line -> line.matches("\\d+ \\w+  step [0-9a-f]{8} exec .*two.* waits for cache volume"
                        + " [0-9a-f]{8}, which step [0-9a-f]{8} exec .*one.* has"))
                .hasSize(4);
        assertThat(new JsonMapper().readTree(waits("--json")).get("waits").findValuesAsText("detail"))
                .hasSize(4);
    }

    /** Lets the steps end. */
    private void release() throws IOException {
        try (Stream<Path> volumes = Files.list(site.engine().root().resolve("caches"))) {
            Files.createFile(volumes.findFirst().orElseThrow().resolve("go"));
        }
    }
}
