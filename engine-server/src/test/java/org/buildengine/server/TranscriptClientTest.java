package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import org.buildengine.server.TranscriptClient.Sdk;
import org.buildengine.server.http.Http2Client;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Walks through what was recorded between Dagger's command line and its engine. */
class TranscriptClientTest {
    private static final String SUBSCRIBED = "id: \nevent: subscribed\ndata\n\n";

    private FakeDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        daemon = new FakeDaemon(Map.of(), FakeDaemon.times());
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private static List<Http2Client.Stream> connect(TranscriptClient client) throws Exception {
        for (int i = 0; i < 2; i++) {
            Http2Client.Answer info = client.info();
            assertThat(info.headers()).containsEntry("grpc-status", "0");
            assertThat(info.body()).contains("github.com/dagger/dagger", "v0.21.8", "host1");
        }
        assertThat(client.requestAttach(1).line()).isEqualTo("HTTP/1.1 101 Switching Protocols");
        assertThat(client.acknowledge()).isEqualTo("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        List<Http2Client.Stream> streams = client.subscribe();
        for (Http2Client.Stream stream : streams) {
            await().until(() -> stream.bodySoFar().equals(SUBSCRIBED));
            assertThat(stream.status()).isEqualTo(200);
        }
        return streams;
    }

    private static void assertEnded(List<Http2Client.Stream> streams) throws Exception {
        assertThat(streams.get(0).answer().body()).isEqualTo(SUBSCRIBED);
        assertThat(streams.get(0).answer().headers())
                .containsEntry("content-type", "text/event-stream")
                .containsEntry("cache-control", "no-cache");
        assertThat(streams.get(1).answer().body()).isEqualTo(SUBSCRIBED + FakeDaemon.LAST_EVENT);
        assertThat(streams.get(2).answer().body()).isEqualTo(SUBSCRIBED);
    }

    private void assertGone() {
        await().until(() -> daemon.server.sessions().list().isEmpty());
    }

    @Test
    void queryOfTheCommandLineGoesFromInfoToTheEndOfItsStreams() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s1")) {
            List<Http2Client.Stream> streams = connect(client);
            Http2Client.Answer answer = client.query("{ attach }").answer();
            assertThat(answer)
                    .returns(200, Http2Client.Answer::status)
                    .returns("{\"data\":\"4\"}", Http2Client.Answer::body);
            assertThat(answer.headers())
                    .containsEntry("content-type", "application/json")
                    .containsEntry("content-length", "12")
                    .hasEntrySatisfying(
                            "server-timing", value -> assertThat(value).matches("engine;dur=\\d+\\.\\d{3}"));
            Http2Client.Answer shutdown = client.shutdown();
            assertThat(shutdown).returns(200, Http2Client.Answer::status).returns("", Http2Client.Answer::body);
            assertThat(shutdown.headers()).containsEntry("content-length", "0");
            client.awaitDetached();
            assertEnded(streams);
            assertGone();
            assertThat(daemon.released).hasValue(1);
            Http2Client.Answer late = client.query("{ late }").answer();
            assertThat(late.status()).isEqualTo(503);
            assertThat(late.headers()).containsEntry("content-type", "application/json");
            assertThat(late.body()).contains("session is closing");
            assertThat(client.subscribe("/v1/traces").status()).isLessThan(500).isGreaterThanOrEqualTo(400);
            assertThat(client.shutdown().status()).isEqualTo(200);
            assertThat(daemon.server.sessions().list()).isEmpty();
        }
    }

    @Test
    void runPassesTheQueriesOfItsProgramOnAndEndsConnectionByConnection() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s5")) {
            List<Http2Client.Stream> streams = connect(client);
            assertThat(client.query(Sdk.TYPESCRIPT, "{ attach }").answer().body())
                    .isEqualTo("{\"data\":\"4\"}");
            for (int i = 0; i < 6; i++) {
                assertThat(client.query(Sdk.TYPESCRIPT, "\n      { one }\n    ").answer())
                        .returns(200, Http2Client.Answer::status);
            }
            List<Http2Client.Stream> atOnce =
                    List.of(client.query(Sdk.PYTHON, "{ first }"), client.query(Sdk.PYTHON, "{ second }"));
            for (Http2Client.Stream each : atOnce) {
                assertThat(each.answer().status()).isEqualTo(200);
            }
            assertThat(client.shutdown().status()).isEqualTo(200);
            client.awaitDetached();
            client.closeAllButTelemetry();
            assertEnded(streams);
            assertGone();
            assertThat(daemon.released).hasValue(1);
        }
    }

    @Test
    void sessionThatIsNeverAskedAnythingOpensItsLastConnectionForTheGoodbye() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s6")) {
            List<Http2Client.Stream> streams = connect(client);
            assertThat(client.shutdown().status()).isEqualTo(200);
            client.awaitDetached();
            client.closeAllButTelemetry();
            assertEnded(streams);
            assertGone();
        }
    }

    @Test
    void innerCommandLineSharesTheOuterIdentityAndEndsItsSession() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s7")) {
            List<Http2Client.Stream> outer = connect(client);
            assertThat(client.query("{ attach }").answer().status()).isEqualTo(200);
            assertThat(client.post("/init").status()).isEqualTo(204);
            List<Http2Client.Stream> inner = client.subscribe();
            assertThat(client.query("{ inner }").answer().status()).isEqualTo(200);
            assertThat(client.shutdown().status()).isEqualTo(200);
            assertEnded(inner);
            assertEnded(outer);
            Http2Client.Answer late = client.query("{ late }").answer();
            assertThat(late.status()).isEqualTo(503);
            assertThat(late.body()).contains("session is closing");
            assertGone();
        }
    }

    @Test
    void runThatIsInterruptedResetsItsQueriesDetachesAndShutsDown() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s2")) {
            List<Http2Client.Stream> streams = connect(client);
            List<Http2Client.Stream> queries = List.of(client.query("{ hang }"), client.query("{ hang }"));
            await().until(() -> daemon.hanging.get() == 2);
            assertThat(client.query("{ other }").answer().status()).isEqualTo(200);
            queries.forEach(Http2Client.Stream::reset);
            client.detach();
            assertThat(client.shutdown().status()).isEqualTo(200);
            await().until(() -> daemon.interrupted.get() == 2);
            assertEnded(streams);
            assertGone();
        }
    }

    @Test
    void runThatIsKilledEndsItsSessionAndItsQueries() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s3")) {
            connect(client);
            client.query("{ hang }");
            await().until(() -> daemon.hanging.get() == 1);
        }
        await().until(() -> daemon.interrupted.get() == 1);
        assertGone();
        assertThat(daemon.released).hasValue(1);
    }

    @Test
    void shutdownCancelsWhatStillRuns() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s4")) {
            List<Http2Client.Stream> streams = connect(client);
            Http2Client.Stream query = client.query("{ hang }");
            await().until(() -> daemon.hanging.get() == 1);
            assertThat(client.shutdown().status()).isEqualTo(200);
            assertThat(query.answer().status()).isEqualTo(503);
            client.awaitDetached();
            assertEnded(streams);
            assertGone();
        }
    }
}
