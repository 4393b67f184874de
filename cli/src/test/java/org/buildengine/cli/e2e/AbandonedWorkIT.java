package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.buildengine.client.QueryException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Work that would take the engine hours, of a session that has ended. */
@Timeout(300)
class AbandonedWorkIT {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @Test
    void fileThatNobodyCouldReadToItsEndHoldsNothingWhenItsSessionIsGone() throws Exception {
        try (Site site = Site.openForSessions(directory, Map.of())) {
            String nonce = Site.nonce();
            Path workspaces = site.engine().root().resolve("work");
            Thread asking;
            try (Client client = Client.open(site.engine().address(), site.user())) {
                asking = Thread.ofVirtual().start(() -> ask(client, site, nonce));
                ScratchEngine.awaitStep(nonce);
                await().atMost(Running.PATIENCE)
                        .until(() -> ScratchEngine.processes(nonce).isEmpty());
                assertThat(workspaces).isNotEmptyDirectory();
            }
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(workspaces).isEmptyDirectory());
            asking.join();
        }
    }

    private static void ask(Client client, Site site, String nonce) {
        try {
            client.ask(Activity.step(site, nonce, "truncate -s 4000G /file; sleep 2; : " + nonce));
        } catch (IOException | QueryException e) {
            // The session ends before there is an answer.
        }
    }
}
