package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.buildengine.server.http.Http2Client;
import org.buildengine.server.http.RawClient;
import org.buildengine.session.ClientMetadata;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of the end of a session while it lasts, and that nothing is said when it is over. */
@Timeout(60)
class TeardownTest {
    /** No test waits for its end. */
    private static final Duration STEP = Duration.ofSeconds(30);

    private static final Party SESSION = Party.session("s");

    private FakeDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        SessionTimes usual = FakeDaemon.times();
        daemon = new FakeDaemon(
                Map.of(),
                new SessionTimes(
                        usual.attach(), usual.acknowledge(), usual.linger(), usual.tombstone(), usual.silence(), STEP));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private List<Wait> waits() {
        return daemon.waits.with(List.of());
    }

    /** The first that is said. */
    private Wait wait(String what) {
        await().until(() -> waits().stream().anyMatch(wait -> wait.detail().startsWith(what)));
        return waits().getFirst();
    }

    private void assertIsOver() {
        await().until(() -> daemon.server.sessions().list().isEmpty());
        assertThat(waits()).isEmpty();
    }

    private static Duration limit(Wait wait) {
        return Duration.between(wait.since(), wait.until().orElseThrow());
    }

    private static void assertIsOfClient(Wait wait, String client) {
        assertThat(wait.waiter()).isEqualTo(SESSION);
        assertThat(wait.awaited()).isEqualTo(Party.client("client " + client + " of session s"));
        assertThat(wait.kind()).isEqualTo(Wait.Kind.TEARDOWN);
        assertThat(wait.since()).isAfter(Instant.now().minusSeconds(30));
    }

    private String head(String method, String path, TranscriptClient client, int length) {
        return method + " " + path + " HTTP/1.1\r\nHost: dagger\r\nX-Dagger-Client-Metadata: "
                + client.fields().get("x-dagger-client-metadata") + "\r\nContent-Length: " + length + "\r\n\r\n";
    }

    @Test
    void requestsAreCountedByClient() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s");
                RawClient deaf = RawClient.tcp(daemon.port())) {
            assertThat(client.requestAttach(1).status()).isEqualTo(101);
            client.acknowledge();
            deaf.send(head("POST", "/query", client, 7) + "{large}");
            assertThat(deaf.readHead().status()).isEqualTo(200);
            assertThat(client.shutdown().status()).isEqualTo(200);

            Wait wait = wait("the end of its requests");

            assertIsOfClient(wait, "main");
            assertThat(wait.detail()).isEqualTo("the end of its requests (1 of client main)");
            assertThat(limit(wait)).isBetween(Duration.ofSeconds(59), Duration.ofSeconds(61));
            client.awaitDetached();
        }
        assertIsOver();
    }

    @Test
    void requestsOfSeveralClientsAreOfTheSession() throws Exception {
        try (RawClient main = RawClient.tcp(daemon.port());
                RawClient other = RawClient.tcp(daemon.port())) {
            main.send(large("main"));
            assertThat(main.readHead().status()).isEqualTo(200);
            other.send(large("other"));
            assertThat(other.readHead().status()).isEqualTo(200);
            DaggerSession session = daemon.server.sessions().list().getFirst();
            daemon.server.sessions().shutDown(session.mainClient().orElseThrow(), Cancellation.CLIENT_ENDED);

            Wait wait = wait("the end of its requests");

            assertThat(wait.awaited()).isEqualTo(SESSION);
            assertThat(wait.detail()).isEqualTo("the end of its requests (1 of client main, 1 of client other)");
        }
        assertIsOver();
    }

    private static String large(String client) {
        return "POST /query HTTP/1.1\r\nHost: dagger\r\nX-Dagger-Client-Metadata: "
                + ClientMetadata.of(client, "token", "s", "").encode() + "\r\nContent-Length: 7\r\n\r\n{large}";
    }

    @Test
    void eventStreamThatNobodyReadsHasThreeSteps() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "flood", "s");
                Http2Client slow = new Http2Client(daemon.port())) {
            assertThat(client.requestAttach(1).status()).isEqualTo(101);
            client.acknowledge();
            Http2Client.Stream flood = slow.open("GET", "/v1/metrics", client.fields(), false, true);
            assertThat(flood.status()).isEqualTo(200);
            assertThat(client.shutdown().status()).isEqualTo(200);

            Wait wait = wait("the end of its event streams");

            assertIsOfClient(wait, "flood");
            assertThat(wait.detail()).isEqualTo("the end of its event streams (1 of client flood)");
            assertThat(limit(wait)).isBetween(Duration.ofSeconds(89), Duration.ofSeconds(91));
            client.awaitDetached();
        }
        assertIsOver();
    }

    @Test
    void releaseThatTakesLongIsNamedWithItsOwner() throws Exception {
        var free = new CountDownLatch(1);
        try (var client = new TranscriptClient(daemon.address(), "main", "s")) {
            assertThat(client.requestAttach(1).status()).isEqualTo(101);
            client.acknowledge();
            daemon.server.sessions().list().getFirst().onClose("locks", free::await);
            assertThat(client.shutdown().status()).isEqualTo(200);

            Wait wait = wait("the release of locks of session s");

            assertThat(wait.waiter()).isEqualTo(SESSION);
            assertThat(wait.awaited()).isEqualTo(SESSION);
            assertThat(limit(wait)).isBetween(Duration.ofSeconds(29), Duration.ofSeconds(31));
            client.awaitDetached();
            free.countDown();
            assertIsOver();
        } finally {
            free.countDown();
        }
    }
}
