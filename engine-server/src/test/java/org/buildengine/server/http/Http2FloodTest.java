package org.buildengine.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Peers that mean harm: what each is told or how it is cut, and that others go on meanwhile. */
@Timeout(120)
class Http2FloodTest {
    private static final int PROTOCOL_ERROR = 1;
    private static final int FLOW_CONTROL_ERROR = 3;
    private static final int ENHANCE_YOUR_CALM = 11;
    private static final Map<String, String> GRPC = Map.of("content-type", "application/grpc", "te", "trailers");
    private static final String CHECK = "/grpc.health.v1.Health/Check";

    private final AtomicInteger hanging = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();
    private final IoLoops loops = IoLoops.best();
    private LocalGrpcServer grpc;
    private FrontDoor door;
    private int port;

    @BeforeEach
    void open() throws IOException {
        grpc = LocalGrpcServer.start(loops, List.of(new HealthStatusManager().getHealthService()));
        door = new FrontDoor(loops, this::handle, grpc, HttpLimits.defaults());
        port = door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .getPort();
    }

    @AfterEach
    void close() {
        door.close();
        grpc.close();
        loops.close();
    }

    private HttpReply handle(HttpRequest request) throws Exception {
        if (!request.path().equals("/hang")) {
            return HttpReply.bytes(200, "text/plain", request.body().readAll());
        }
        hanging.incrementAndGet();
        try {
            Thread.sleep(Duration.ofSeconds(60));
            return HttpReply.empty(204);
        } finally {
            ended.incrementAndGet();
        }
    }

    private RawClient attacker() throws IOException {
        return RawClient.tcp(port).send(RawHttp2.join(RawHttp2.PREFACE, RawHttp2.frame(RawHttp2.SETTINGS, 0, 0)));
    }

    /** Sends the same bytes again and again until the engine cuts the connection; fails if it bears too many. */
    private static CompletableFuture<Boolean> flood(RawClient attacker, byte[] bytes, int times) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                for (int i = 0; i < times; i++) {
                    attacker.send(bytes);
                }
                return false;
            } catch (IOException e) {
                return true;
            }
        });
    }

    private static byte[] repeat(byte[] bytes, int times) {
        return new String(bytes, StandardCharsets.ISO_8859_1).repeat(times).getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Others are answered while somebody floods. */
    private void assertOthersAreServed() throws Exception {
        try (Http2Client other = new Http2Client(port);
                RawClient old = RawClient.tcp(port)) {
            for (int i = 0; i < 20; i++) {
                assertThat(other.exchange("POST", "/echo", Map.of(), new byte[1000])
                                .body())
                        .hasSize(1000);
                assertThat(other.exchange("POST", CHECK, GRPC, new byte[5]).headers())
                        .containsEntry("grpc-status", "0");
                old.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok");
                assertThat(old.read().body()).isEqualTo("ok");
            }
        }
    }

    private static int goAway(RawClient attacker) throws IOException {
        return RawHttp2.await(attacker, RawHttp2.GOAWAY).errorCode();
    }

    /** CVE-2023-44487: each reset frees a stream of the limit, while its handler has been started. */
    @Test
    void rapidResetsEndTheConnectionAndEveryHandler() throws Exception {
        var all = new java.io.ByteArrayOutputStream();
        for (int i = 0; i < 12_000; i++) {
            all.writeBytes(RawHttp2.frame(
                    RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 2 * i + 1, RawHttp2.get("/hang")));
            all.writeBytes(RawHttp2.frame(RawHttp2.RST_STREAM, 0, 2 * i + 1, RawHttp2.number(8)));
        }
        try (RawClient attacker = attacker()) {
            CompletableFuture<Boolean> sent = flood(attacker, all.toByteArray(), 1);
            assertThat(goAway(attacker)).isEqualTo(ENHANCE_YOUR_CALM);
            assertOthersAreServed();
            sent.get(60, TimeUnit.SECONDS);
        }
        await().until(() -> hanging.get() == ended.get() && door.connections() == 0);
        assertThat(hanging.get()).isLessThanOrEqualTo(5001);
    }

    @Test
    void floodsOfSettingsAndPingsEndTheConnection() throws Exception {
        for (byte[] frame :
                List.of(RawHttp2.frame(RawHttp2.SETTINGS, 0, 0), RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]))) {
            try (RawClient attacker = attacker()) {
                CompletableFuture<Boolean> cut = flood(attacker, repeat(frame, 100), 20_000);
                assertThat(goAway(attacker)).isEqualTo(ENHANCE_YOUR_CALM);
                assertOthersAreServed();
                assertThat(cut.get(60, TimeUnit.SECONDS)).isTrue();
            }
        }
        await().until(() -> door.connections() == 0);
    }

    @Test
    void headersThatNeverEndAreCutByTheirNumber() throws Exception {
        try (RawClient attacker = attacker()) {
            attacker.send(RawHttp2.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, RawHttp2.get("/echo")));
            CompletableFuture<Boolean> cut =
                    flood(attacker, repeat(RawHttp2.frame(RawHttp2.CONTINUATION, 0, 1), 100), 1000);
            assertThat(goAway(attacker)).isEqualTo(ENHANCE_YOUR_CALM);
            assertOthersAreServed();
            cut.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void headersThatNeverEndAreCutByTheirSize() throws Exception {
        try (RawClient attacker = attacker()) {
            attacker.send(RawHttp2.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, RawHttp2.get("/echo")));
            CompletableFuture<Boolean> cut =
                    flood(attacker, RawHttp2.frame(RawHttp2.CONTINUATION, 0, 1, new byte[16 << 10]), 200);
            assertThat(goAway(attacker)).isEqualTo(PROTOCOL_ERROR);
            assertOthersAreServed();
            cut.get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void windowsThatDoNotExistAreRefused() throws Exception {
        assertThat(answerTo(RawHttp2.frame(RawHttp2.WINDOW_UPDATE, 0, 0, RawHttp2.number(0))))
                .isEqualTo(PROTOCOL_ERROR);
        assertThat(answerTo(RawHttp2.frame(RawHttp2.WINDOW_UPDATE, 0, 0, RawHttp2.number(Integer.MAX_VALUE))))
                .isEqualTo(FLOW_CONTROL_ERROR);
        assertThat(answerTo(RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, RawHttp2.setting(4, Integer.MIN_VALUE))))
                .isEqualTo(FLOW_CONTROL_ERROR);
        assertThat(answerTo(RawHttp2.frame(RawHttp2.DATA, 0, 7, new byte[10]))).isEqualTo(PROTOCOL_ERROR);
        assertOthersAreServed();
    }

    private int answerTo(byte[] frame) throws IOException {
        try (RawClient attacker = attacker()) {
            return goAway(attacker.send(frame));
        }
    }

    @Test
    void windowOfNothingHoldsAnAnswerBackAndNobodyElse() throws Exception {
        try (RawClient attacker = RawClient.tcp(port)) {
            attacker.send(
                    RawHttp2.join(RawHttp2.PREFACE, RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, RawHttp2.setting(4, 0))));
            byte[] body = "held back".getBytes(StandardCharsets.US_ASCII);
            for (int stream = 1; stream < 200; stream += 2) {
                attacker.send(RawHttp2.join(
                        RawHttp2.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, stream, RawHttp2.get("/echo")),
                        RawHttp2.frame(RawHttp2.DATA, RawHttp2.END_STREAM, stream, body)));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(RawHttp2.await(attacker, RawHttp2.HEADERS).stream()).isOdd();
            }
            assertOthersAreServed();
            attacker.send(RawHttp2.frame(RawHttp2.WINDOW_UPDATE, 0, 1, RawHttp2.number(4)));
            assertThat(RawHttp2.await(attacker, RawHttp2.DATA).payload()).hasSize(4);
        }
        await().until(() -> door.connections() == 0);
    }

    @Test
    void requestWithoutMethodOrPathIsResetAndItsConnectionCanBeIdle() throws Exception {
        byte[] onlyPath = {(byte) 0x84};
        byte[] onlyMethod = {(byte) 0x82};
        try (RawClient attacker = attacker()) {
            int stream = 1;
            for (byte[] fields : List.of(onlyPath, onlyMethod)) {
                attacker.send(
                        RawHttp2.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, stream, fields));
                stream += 2;

                assertThat(RawHttp2.await(attacker, RawHttp2.RST_STREAM).errorCode())
                        .isEqualTo(PROTOCOL_ERROR);
            }
            attacker.send(RawHttp2.frame(
                    RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 5, RawHttp2.get("/echo")));
            assertThat(RawHttp2.await(attacker, RawHttp2.HEADERS).stream()).isEqualTo(5);
        }
    }

    @Test
    void twoMibOfMetadataAreRefusedAndTheConnectionGoesOn() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Map<String, String> large = Map.of("x-dagger-client-metadata", "a".repeat(2 << 20));
            // Whether the answer or the end of the stream comes first is the client's luck: it is still sending.
            Throwable ended = catchThrowable(() -> assertThat(
                            client.exchange("POST", "/echo", large, new byte[1]).status())
                    .isEqualTo(431));
            if (ended != null) {
                assertThat(ended).hasMessageMatching(".*: (the stream ended early|reset with .*)");
            }
        }
        assertOthersAreServed();
    }

    @Test
    void grpcThatIsCutOffOrLiesAboutItsLengthIsToldSo() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            for (byte[] cut : List.of(new byte[3], new byte[] {0, 0, 0, 0, 9, 1, 2}, new byte[0])) {
                assertThat(client.exchange("POST", CHECK, GRPC, cut).headers()).containsEntry("grpc-status", "13");
            }
            assertThat(client.exchange("POST", CHECK, GRPC, new byte[] {0, 0x7f, 0, 0, 0})
                            .headers())
                    .containsEntry("grpc-status", "8")
                    .hasEntrySatisfying(
                            "grpc-message", text -> assertThat(text).contains("exceeds maximum", "4194304"));
            assertThat(client.exchange("POST", CHECK, GRPC, new byte[5]).headers())
                    .containsEntry("grpc-status", "0");
        }
    }
}
