package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultChannelPipeline;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.http.Http2Client;
import org.buildengine.server.http.RawClient;
import org.buildengine.session.ClientMetadata;
import org.buildengine.solver.evidence.Cancellation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionDoorTest {
    private FakeDaemon daemon;

    @BeforeEach
    void start() throws Exception {
        daemon = new FakeDaemon(Map.of(), FakeDaemon.times());
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private static String metadata(String client, String token, String session, String version) {
        return ClientMetadata.of(client, token, session, version).encode();
    }

    private static String request(String method, String path, String metadata, String body) {
        return method + " " + path + " HTTP/1.1\r\nHost: dagger\r\nContent-Type: application/json\r\n"
                + "X-Dagger-Client-Metadata: " + metadata + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private RawClient.Answer ask(String method, String path, String metadata, String body) throws Exception {
        try (RawClient client = RawClient.tcp(daemon.port())) {
            return client.send(request(method, path, metadata, body)).read();
        }
    }

    private int sessions() {
        return daemon.server.sessions().list().size();
    }

    @Test
    void refusesMissingAndMalformedMetadataEverywhere() throws Exception {
        for (String metadata : List.of("", "!!", "e30=")) {
            RawClient.Answer query = ask("POST", "/query", metadata, "{}");
            assertThat(query.status()).isEqualTo(500);
            assertThat(query.headers()).containsEntry("content-type", "application/json");
            assertThat(query.body()).contains("failed to get client metadata");
            RawClient.Answer init = ask("POST", "/init", metadata, "");
            assertThat(init.status()).isEqualTo(500);
            assertThat(init.body()).startsWith("failed to get client metadata");
            assertThat(ask("GET", "/v1/logs", metadata, "").status()).isEqualTo(400);
        }
        assertThat(sessions()).isZero();
    }

    @Test
    void refusesClientsThatAreTooOldAndTakesThoseThatSayNothing() throws Exception {
        RawClient.Answer old = ask("POST", "/init", metadata("c", "t", "s", "v0.18.0"), "");
        assertThat(old.status()).isEqualTo(500);
        assertThat(old.body()).contains("incompatible client version v0.18.0");
        assertThat(sessions()).isZero();
        assertThat(ask("POST", "/init", metadata("c", "t", "s", ""), "").status())
                .isEqualTo(204);
        assertThat(ask("POST", "/init", metadata("c", "t", "s2", "0.21.3"), "").status())
                .isEqualTo(204);
    }

    @Test
    void refusesAnotherTokenForTheSameClient() throws Exception {
        try (RawClient main = RawClient.tcp(daemon.port())) {
            main.send(request("POST", "/query", metadata("c", "t", "s", ""), "{hang}"));
            await().until(() -> daemon.hanging.get() == 1);
            assertOtherTokenIsRefused();
        }
    }

    private void assertOtherTokenIsRefused() throws Exception {
        String wrong = metadata("c", "other", "s", "");
        for (String path : List.of("/query", "/init", "/shutdown")) {
            RawClient.Answer refused = ask("POST", path, wrong, "{}");
            assertThat(refused.status()).isEqualTo(500);
            assertThat(refused.body()).contains("already exists with different secret token");
        }
        assertThat(ask("GET", "/v1/logs", wrong, "").status()).isEqualTo(403);
    }

    @Test
    void lookUpsMakeNoSession() throws Exception {
        String metadata = metadata("c", "t", "s", "");
        for (String path : List.of("/v1/traces", "/v1/logs", "/v1/metrics")) {
            assertThat(ask("GET", path, metadata, "").status()).isEqualTo(404);
        }
        assertThat(ask("POST", "/shutdown", metadata, "").status()).isEqualTo(200);
        assertThat(ask("GET", "/query/", metadata, "").body()).isEqualTo("404 page not found\n");
        assertThat(sessions()).isZero();
    }

    @Test
    void sessionLivesAsLongAsItsMainClientAndLeavesATombstone() throws Exception {
        try (RawClient main = RawClient.tcp(daemon.port())) {
            main.send(request("POST", "/query", metadata("main", "t", "s", ""), "{hang}"));
            await().until(() -> daemon.hanging.get() == 1);
            assertThat(ask("POST", "/query", metadata("other", "t2", "s", ""), "{}")
                            .status())
                    .isEqualTo(200);
            assertThat(ask("POST", "/shutdown", metadata("other", "t2", "s", ""), "")
                            .status())
                    .isEqualTo(200);
            DaggerSession session = daemon.server.sessions().list().getFirst();
            assertThat(session.mainClient().map(DaggerClient::id)).contains("main");
            assertThat(session.phase()).isEqualTo(SessionPhase.OPEN);
        }
        await().until(() -> sessions() == 0);
        RawClient.Answer late = ask("POST", "/query", metadata("main", "t", "s", ""), "{}");
        assertThat(late.status()).isEqualTo(503);
        assertThat(late.body()).contains("session is closing");
        assertThat(sessions()).isZero();
    }

    @Test
    void requestThatHasNotArrivedWhenItsSessionEndsIsToldSo() throws Exception {
        String metadata = metadata("main", "t", "s", "");
        try (RawClient slow = RawClient.tcp(daemon.port())) {
            slow.send("POST /query HTTP/1.1\r\nHost: dagger\r\nX-Dagger-Client-Metadata: " + metadata
                    + "\r\nContent-Length: 100\r\n\r\n{");
            await().until(() -> sessions() == 1);
            DaggerSession session = daemon.server.sessions().list().getFirst();
            assertThat(ask("POST", "/shutdown", metadata, "").status()).isEqualTo(200);
            await().until(() -> session.phase() != SessionPhase.OPEN);
            RawClient.Answer answer = slow.send(" ".repeat(99)).read();
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.body()).contains("session is closing").doesNotContain("Exception");
        }
    }

    @Test
    void requestsOneAfterAnotherShareASessionThatLingers() throws Exception {
        stop();
        daemon = new FakeDaemon(Map.of(), FakeDaemon.times().withLinger(Duration.ofSeconds(3)));
        for (int i = 0; i < 5; i++) {
            assertThat(ask("POST", "/query", metadata("main", "t", "s", ""), "{}")
                            .status())
                    .isEqualTo(200);
        }
        await().until(() -> sessions() == 0);
        assertThat(daemon.released).hasValue(1);
    }

    @Test
    void attachHeadMayComeInPiecesAndTheClientAttachAgainBeforeTheEnd() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s");
                var again = new TranscriptClient(daemon.address(), "main", "s")) {
            assertThat(client.requestAttach(7).status()).isEqualTo(101);
            client.acknowledge();
            Http2Client.Stream hanging = client.query("{ hang }");
            await().until(() -> daemon.hanging.get() == 1);
            RawClient.Answer second = again.requestAttach(1);
            assertThat(second.status()).isEqualTo(400);
            client.detach();
            try (var third = new TranscriptClient(daemon.address(), "main", "s")) {
                await().until(() -> daemon.server.sessions().list().getFirst().activeRequests() == 1);
                assertThat(third.requestAttach(1).status()).isEqualTo(101);
                third.acknowledge();
                hanging.reset();
                assertThat(third.query("{ attach }").answer().body()).isEqualTo("{\"data\":\"4\"}");
            }
            await().until(() -> sessions() == 0);
        }
    }

    @Test
    void closesAnAttachmentThatIsNotAcknowledged() throws Exception {
        try (var client = new TranscriptClient(daemon.address(), "main", "s")) {
            assertThat(client.requestAttach(1).status()).isEqualTo(101);
            client.awaitDetached();
            await().until(() -> sessions() == 0);
        }
    }

    @Test
    void refusesAttachmentsOverHttp2AndWithOtherMethods() throws Exception {
        assertThat(ask("POST", "/sessionAttachables", metadata("c", "t", "s", ""), "")
                        .status())
                .isEqualTo(405);
        try (Http2Client client = new Http2Client(daemon.port())) {
            assertThat(client.exchange(
                                    "GET",
                                    "/sessionAttachables",
                                    Map.of("x-dagger-client-metadata", metadata("c", "t", "s", "")),
                                    new byte[0])
                            .status())
                    .isEqualTo(500);
        }
        assertThat(sessions()).isZero();
    }

    @Test
    void readerOfEventsThatDoesNotReadHoldsUpNothingAndIsCutAtTheEnd() throws Exception {
        try (var warnings = new Warnings(Teardown.class);
                var client = new TranscriptClient(daemon.address(), "flood", "s");
                Http2Client slow = new Http2Client(daemon.port())) {
            assertThat(client.requestAttach(1).status()).isEqualTo(101);
            client.acknowledge();
            Http2Client.Stream flood = slow.open("GET", "/v1/metrics", client.fields(), false, true);
            assertThat(flood.status()).isEqualTo(200);
            for (int i = 0; i < 10; i++) {
                assertThat(client.query("{ quick }").answer().status()).isEqualTo(200);
            }
            assertThat(client.shutdown().status()).isEqualTo(200);
            client.awaitDetached();
            await().until(() -> sessions() == 0);
            assertThat(warnings.texts()).isEmpty();
        }
    }

    @Test
    void answerThatNobodyReadsGoesWithItsSession() throws Exception {
        try (var warnings = new Warnings(Teardown.class);
                var client = new TranscriptClient(daemon.address(), "main", "s");
                RawClient deaf = RawClient.tcp(daemon.port())) {
            assertThat(client.requestAttach(1).status()).isEqualTo(101);
            client.acknowledge();
            String identity = client.fields().getOrDefault("x-dagger-client-metadata", "");
            deaf.send(request("POST", "/query", identity, "{large}"));
            assertThat(deaf.readHead().status()).isEqualTo(200);

            assertThat(client.shutdown().status()).isEqualTo(200);

            client.awaitDetached();
            await().until(() -> sessions() == 0);
            assertThat(warnings.texts()).isEmpty();
            deaf.drain();
        }
    }

    @Test
    void sessionOfAClientThatFallsSilentEndsWithItsRequests() throws Exception {
        stop();
        daemon = new FakeDaemon(Map.of(), FakeDaemon.times().withSilence(Duration.ofMillis(500)));
        try (var client = new TranscriptClient(daemon.address(), "main", "s")) {
            assertThat(client.requestAttach(1).status()).isEqualTo(101);
            client.acknowledge();
            client.query("{ hang }");
            await().until(() -> daemon.hanging.get() == 1);
            DaggerSession session = daemon.server.sessions().list().getFirst();
            await().until(() -> daemon.interrupted.get() == 1);
            await().until(() -> sessions() == 0);
            assertThat(session.cancellation()).isEqualTo(Cancellation.CLIENT_SILENT);
        }
    }

    /** A session whose main client waits for an answer. */
    private DaggerSession hang(RawClient main, String id) throws Exception {
        int before = daemon.hanging.get();
        main.send(request("POST", "/query", metadata("main", "t", id, ""), "{hang}"));
        await().until(() -> daemon.hanging.get() > before);
        return daemon.server.sessions().list().stream()
                .filter(session -> session.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void endOfASessionSaysWhy() throws Exception {
        DaggerSession left;
        try (RawClient main = RawClient.tcp(daemon.port())) {
            left = hang(main, "left");
            assertThat(left.cancellation()).isEqualTo(Cancellation.UNKNOWN);
        }
        await().until(() -> left.phase() == SessionPhase.CLOSED);
        assertThat(left.cancellation()).isEqualTo(Cancellation.CLIENT_LEFT);

        try (RawClient main = RawClient.tcp(daemon.port());
                RawClient other = RawClient.tcp(daemon.port())) {
            DaggerSession ended = hang(main, "ended");
            assertThat(ask("POST", "/shutdown", metadata("main", "t", "ended", ""), "")
                            .status())
                    .isEqualTo(200);
            assertThat(ended.cancellation())
                    .as("when the client has its answer")
                    .isEqualTo(Cancellation.CLIENT_ENDED);
            await().until(() -> ended.phase() == SessionPhase.CLOSED);
            assertThat(ended.cancellation()).isEqualTo(Cancellation.CLIENT_ENDED);

            DaggerSession stopped = hang(other, "stopped");
            daemon.server.close(Duration.ofSeconds(10));
            assertThat(stopped.cancellation()).isEqualTo(Cancellation.ENGINE_STOPPED);
        }
    }

    @Test
    void connectionThatIsResetBeforeItSaysWhatItSpeaksIsNoNews() throws Exception {
        try (var warnings = new Warnings(DefaultChannelPipeline.class)) {
            for (int i = 0; i < 20; i++) {
                try (var socket = new Socket()) {
                    socket.connect(daemon.address());
                    socket.setSoLinger(true, 0);
                    socket.getOutputStream().write('P');
                }
            }
            await().during(Duration.ofMillis(500)).until(() -> warnings.texts().isEmpty());
        }
    }

    @Test
    void newRequestsAreRefusedWhileTheServerStops() throws Exception {
        try (RawClient hanging = RawClient.tcp(daemon.port());
                RawClient idle = RawClient.tcp(daemon.port())) {
            idle.send(request("POST", "/init", metadata("c", "t", "s", ""), "")).read();
            hanging.send(request("POST", "/query", metadata("c", "t", "s", ""), "{hang}"));
            await().until(() -> daemon.hanging.get() == 1);
            daemon.server.close(Duration.ofSeconds(10));
            assertThat(hanging.read().status()).isEqualTo(503);
            assertThat(idle.atEnd()).isTrue();
            assertThat(daemon.closedParts).hasValue(1);
            assertThat(daemon.released).hasValue(1);
        }
    }

    @Test
    void stopsByItselfWhenNobodyComes() throws Exception {
        try (var lonely = new FakeDaemon(Map.of("idle-exit", List.of("1")), FakeDaemon.times())) {
            assertThat(lonely.server.stopRequest().get(20, TimeUnit.SECONDS)).isEqualTo("no client for 1 s");
        }
    }

    @Test
    void manySessionsThatAreDroppedAtRandomLeaveNothing() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        try (var threads = Executors.newFixedThreadPool(8)) {
            var walks = new ArrayList<java.util.concurrent.Future<?>>();
            for (int i = 0; i < 200; i++) {
                int number = i;
                int steps = random.nextInt(7);
                walks.add(threads.submit(() -> {
                    walk("s" + number, steps);
                    return number;
                }));
            }
            for (var walk : walks) {
                walk.get(60, TimeUnit.SECONDS);
            }
        }
        await("seed " + seed).atMost(Duration.ofSeconds(20)).until(() -> sessions() == 0);
        await("seed " + seed).until(() -> daemon.hanging.get() == daemon.interrupted.get());
    }

    private void walk(String session, int steps) throws Exception {
        String metadata = metadata("main", "t", session, "");
        try (RawClient query = RawClient.tcp(daemon.port());
                RawClient attach = RawClient.tcp(daemon.port());
                RawClient events = RawClient.tcp(daemon.port())) {
            if (steps > 0) {
                attach.send(request("GET", "/sessionAttachables", metadata, ""));
            }
            if (steps > 1) {
                attach.readHead();
                attach.send(new byte[] {0, 0, 0, 0, 4, 0, 0, 0, 0, 0});
            }
            if (steps > 2) {
                events.send(request("GET", "/v1/logs", metadata, "")).readHead();
            }
            if (steps > 3) {
                query.send(request("POST", "/query", metadata, "{}")).read();
            }
            if (steps > 4) {
                query.send(request("POST", "/query", metadata, "{hang}"));
            }
            if (steps > 5) {
                ask("POST", "/shutdown", metadata, "");
            }
        }
    }
}
