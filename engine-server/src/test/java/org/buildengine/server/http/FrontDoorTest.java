package org.buildengine.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrontDoorTest {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");

    private final AtomicInteger hanging = new AtomicInteger();
    private final AtomicInteger interrupted = new AtomicInteger();
    private final AtomicLong written = new AtomicLong();
    private final CountDownLatch readBody = new CountDownLatch(1);
    private IoLoops loops = IoLoops.best();
    private LocalGrpcServer grpc;
    private FrontDoor door;
    private int port;

    @BeforeEach
    void open() throws IOException {
        open(HttpLimits.defaults());
    }

    private void open(HttpLimits limits) throws IOException {
        grpc = LocalGrpcServer.start(loops, List.of(new HealthStatusManager().getHealthService()));
        door = new FrontDoor(loops, this::handle, grpc, limits);
        port = door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .getPort();
    }

    @AfterEach
    void close() {
        readBody.countDown();
        door.close();
        grpc.close();
        loops.close();
    }

    private void reopen(HttpLimits limits) throws IOException {
        door.close();
        grpc.close();
        open(limits);
    }

    private HttpReply handle(HttpRequest request) throws Exception {
        return switch (request.path()) {
            case "/echo" -> HttpReply.bytes(200, "text/plain", request.body().readAll());
            case "/header" ->
                HttpReply.text(
                        200, "" + request.fields().first("x-large").orElse("").length());
            case "/hang" -> hang();
            case "/late" -> {
                if (!readBody.await(20, TimeUnit.SECONDS)) {
                    throw new IOException("not released");
                }
                yield HttpReply.text(200, "" + request.body().readAll().length);
            }
            case "/ignore" -> HttpReply.text(200, "ignored");
            case "/flood" -> new HttpReply.Streaming(200, Map.of(), this::flood, () -> {});
            case "/two" ->
                new HttpReply.Streaming(
                        200,
                        Map.of(),
                        out -> {
                            out.write("one".getBytes(StandardCharsets.UTF_8));
                            out.write("two".getBytes(StandardCharsets.UTF_8));
                        },
                        () -> {});
            case "/broken" -> throw new IllegalStateException("broken on purpose");
            default -> HttpReply.text(404, "404 page not found\n");
        };
    }

    private HttpReply hang() throws InterruptedException {
        try {
            hanging.incrementAndGet();
            Thread.sleep(Duration.ofSeconds(60));
            return HttpReply.text(200, "slept");
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            throw e;
        }
    }

    private void flood(ReplyStream out) throws IOException, InterruptedException {
        var piece = new byte[64 * 1024];
        for (int i = 0; i < 512; i++) {
            out.write(piece);
            written.addAndGet(piece.length);
        }
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void answersOneRequestAfterAnotherOnOneConnection() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            assertThat(client.send(post("/echo", "a")).read().body()).isEqualTo("a");
            RawClient.Answer second = client.send(post("/echo", "bc")).read();
            assertThat(second.body()).isEqualTo("bc");
            assertThat(second.headers()).containsEntry("content-length", "2").doesNotContainKey("connection");
        }
    }

    @Test
    void answersPipelinedRequestsInTheirOrder() throws Exception {
        var all = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            all.append(post("/echo", "number " + i));
        }
        try (RawClient client = RawClient.tcp(port)) {
            client.send(all.toString());
            for (int i = 0; i < 300; i++) {
                assertThat(client.read().body()).isEqualTo("number " + i);
            }
        }
    }

    @Test
    void streamsInChunksAndKeepsTheConnection() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            RawClient.Answer streamed =
                    client.send("GET /two HTTP/1.1\r\nHost: x\r\n\r\n").read();
            assertThat(streamed.body()).isEqualTo("onetwo");
            assertThat(client.send(post("/echo", "again")).read().body()).isEqualTo("again");
        }
    }

    @Test
    void closesWhenAskedToAndForOldClients() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send("GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("onetwo");
            assertThat(client.atEnd()).isTrue();
        }
        try (RawClient client = RawClient.tcp(port)) {
            client.send("GET /two HTTP/1.0\r\n\r\n");
            assertThat(client.readHead().headers()).doesNotContainKey("transfer-encoding");
            assertThat(new String(client.readBytes(6), StandardCharsets.UTF_8)).isEqualTo("onetwo");
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void mixesQueriesAndGrpcOnOneHttp2Connection() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            for (int i = 0; i < 50; i++) {
                assertThat(client.exchange("POST", "/echo", Map.of(), ("q" + i).getBytes(StandardCharsets.UTF_8)))
                        .returns(200, Http2Client.Answer::status)
                        .returns("q" + i, Http2Client.Answer::body);
                Http2Client.Answer health = client.exchange(
                        "POST",
                        "/grpc.health.v1.Health/Check",
                        Map.of("content-type", "application/grpc", "te", "trailers"),
                        new byte[5]);
                assertThat(health.headers()).containsEntry("grpc-status", "0");
                assertThat(health.body()).hasSize(7);
            }
            Http2Client.Answer unknown = client.exchange(
                    "POST",
                    "/no.Such/Method",
                    Map.of("content-type", "application/grpc+proto", "te", "trailers"),
                    new byte[5]);
            assertThat(unknown.headers()).containsEntry("grpc-status", "12");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1x", "", "1", "123456789S", "1 S"})
    void callWithATimeoutThatIsNoneIsRefused(String timeout) throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Http2Client.Answer answer = client.exchange(
                    "POST",
                    "/grpc.health.v1.Health/Check",
                    Map.of("content-type", "application/grpc", "te", "trailers", "grpc-timeout", timeout),
                    new byte[5]);
            assertThat(answer.headers())
                    .containsEntry("grpc-status", "13")
                    .containsEntry("grpc-message", "grpc-timeout is not up to eight digits and a unit");
        }
    }

    @Test
    void grpcContentTypeOverHttp1IsAnOrdinaryRequest() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send(
                    "POST /nope HTTP/1.1\r\nHost: x\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(404);
        }
    }

    @Test
    void takesHeadersOf900KibAndRefusesTwoMib() throws Exception {
        String large = "a".repeat(900 << 10);
        String larger = "a".repeat(2 << 20);
        try (RawClient client = RawClient.tcp(port)) {
            client.send("GET /header HTTP/1.1\r\nHost: x\r\nX-Large: " + large + "\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("" + large.length());
        }
        try (RawClient client = RawClient.tcp(port)) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    client.send("GET /header HTTP/1.1\r\nHost: x\r\nX-Large: " + larger + "\r\n\r\n");
                } catch (IOException e) {
                    assertThat(e).hasMessageNotContaining("timed out");
                }
            });
            assertThat(client.readHead().status()).isEqualTo(431);
            sending.get(20, TimeUnit.SECONDS);
        }
        try (Http2Client client = new Http2Client(port)) {
            assertThat(client.exchange("GET", "/header", Map.of("x-large", large), new byte[0])
                            .body())
                    .isEqualTo("" + large.length());
        }
        try (Http2Client client = new Http2Client(port)) {
            assertThat(refusedOrCut(() -> client.exchange("GET", "/header", Map.of("x-large", larger), new byte[0])))
                    .isTrue();
        }
    }

    private static boolean refusedOrCut(java.util.concurrent.Callable<Http2Client.Answer> exchange) throws Exception {
        try {
            return exchange.call().status() == 431;
        } catch (java.util.concurrent.ExecutionException e) {
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\u0016\u0003\u0001\u0002", "GET\r\n\r\n", "POST /echo HTTP/1.1\r\nContent-Length: x\r\n\r\n"})
    void refusesWhatIsNotHttp(String bytes) throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send(bytes + "\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.atEnd()).isTrue();
        }
    }

    static Stream<Arguments> malformedBodies() {
        return Stream.of(
                arguments("4\r\nbody\r\nzz\r\n", 400, "the body of the request is not in chunks, as its header says"),
                arguments(
                        "4\r\nbodyX\r\n0\r\n\r\n", 400, "the body of the request is not in chunks, as its header says"),
                arguments(
                        "4;" + "e".repeat(2 << 20), 400, "a chunk of the request begins with a line that is too long"),
                arguments(
                        "4\r\nbody\r\n0\r\nX-Large: " + "t".repeat(2 << 20),
                        431,
                        "the trailer of the request is larger than "));
    }

    @ParameterizedTest
    @MethodSource("malformedBodies")
    void saysWhatIsWrongWithABodyAndCloses(String body, int status, String reason) throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
                } catch (IOException e) {
                    assertThat(e).hasMessageNotContaining("timed out");
                }
            });
            RawClient.Answer reply = client.read();
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.body()).startsWith(reason);
            assertThat(client.atEnd()).isTrue();
            sending.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void closesAConnectionWhoseHeadDoesNotCome() throws Exception {
        reopen(HttpLimits.defaults().withHeadDeadline(Duration.ofMillis(300)));
        try (RawClient silent = RawClient.tcp(port);
                RawClient slow = RawClient.tcp(port);
                RawClient idle = RawClient.tcp(port)) {
            slow.send("GET /two HTTP/1.1\r\nHos");
            idle.send(post("/echo", "a")).read();
            assertThat(silent.atEnd()).isTrue();
            assertThat(slow.atEnd()).isTrue();
            assertThat(idle.send(post("/echo", "still here")).read().body()).isEqualTo("still here");
            idle.send("GET /two");
            assertThat(idle.atEnd()).isTrue();
        }
    }

    @Test
    void interruptsTheHandlerWhenThePeerGoesAway() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send("GET /hang HTTP/1.1\r\nHost: x\r\n\r\n");
            await().until(() -> hanging.get() == 1);
        }
        await().until(() -> interrupted.get() == 1);
        try (Http2Client client = new Http2Client(port)) {
            Http2Client.Stream given = client.open("GET", "/hang", Map.of(), true, true);
            await().until(() -> hanging.get() == 2);
            assertThat(client.exchange("POST", "/echo", Map.of(), new byte[3]).status())
                    .isEqualTo(200);
            given.reset();
            await().until(() -> interrupted.get() == 2);
            assertThat(client.exchange("POST", "/echo", Map.of(), new byte[3]).status())
                    .isEqualTo(200);
        }
    }

    /** Netty keeps a paused stream open while frames wait in it, whatever became of its peer. */
    @Test
    void interruptsTheHandlerWhoseUploadIsPausedWhenThePeerGoesAway() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Http2Client.Stream reset = pausedUpload(client, 1);
            Http2Client.Stream cut = pausedUpload(client, 2);
            reset.reset();
            await().until(() -> interrupted.get() == 1);
            assertThat(cut.received()).isZero();
        }
        await().until(() -> interrupted.get() == 2);
        await().until(() -> door.connections() == 0);
    }

    /** An upload that nobody reads, of as much as the engine lets the peer send. */
    private Http2Client.Stream pausedUpload(Http2Client client, int number) throws Exception {
        Http2Client.Stream upload = client.open("POST", "/hang", Map.of(), true, false);
        await().until(() -> hanging.get() == number);
        for (int i = 0; i < 64; i++) {
            upload.send(new byte[16 << 10], false);
        }
        assertThat(client.exchange("POST", "/echo", Map.of(), new byte[3]).status())
                .isEqualTo(200);
        return upload;
    }

    @Test
    void slowReaderPausesOnlyItsOwnStream() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Http2Client.Stream slow = client.open("GET", "/flood", Map.of(), false, true);
            assertThat(slow.status()).isEqualTo(200);
            for (int i = 0; i < 20; i++) {
                assertThat(client.exchange("POST", "/echo", Map.of(), new byte[1000])
                                .body())
                        .hasSize(1000);
            }
            assertThat(written.get()).isLessThan(1 << 20);
            slow.resume();
            assertThat(slow.answer().body()).hasSize(32 << 20);
        }
    }

    @Test
    void slowHttp1ReaderIsNotReadAheadOf() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send("GET /flood HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readBytes(1 << 20)).hasSize(1 << 20);
            await().during(Duration.ofMillis(300)).until(() -> written.get() < 24 << 20);
        }
    }

    @Test
    void bodyThatNobodyReadsStaysWithThePeer() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Http2Client.Stream late = client.open("POST", "/late", Map.of(), true, false);
            for (int i = 0; i < 8; i++) {
                late.send(new byte[1 << 20], i == 7);
            }
            assertThat(client.exchange("POST", "/echo", Map.of(), new byte[10]).status())
                    .isEqualTo(200);
            readBody.countDown();
            assertThat(late.answer().body()).isEqualTo("" + (8 << 20));
        }
    }

    @Test
    void bodyThatIsReadAsFastAsItComesIsNeverLeftPaused() throws Exception {
        HttpLimits usual = HttpLimits.defaults();
        reopen(new HttpLimits(
                usual.headerBytes(), usual.bodyBytes(), 16384, usual.headDeadline(), Duration.ofSeconds(10)));
        readBody.countDown();
        try (Http2Client client = new Http2Client(port)) {
            for (int i = 0; i < 3; i++) {
                Http2Client.Stream stream = client.open("POST", "/late", Map.of(), true, false);
                stream.send(new byte[4 << 20], true);
                assertThat(stream.answer().body()).isEqualTo("" + (4 << 20));
            }
        }
    }

    @Test
    void idleConnectionsAreClosedAfterAWhileAndOthersAreNot() throws Exception {
        reopen(HttpLimits.defaults().withStall(Duration.ofMillis(500)));
        try (RawClient busy = RawClient.tcp(port);
                Http2Client busyToo = new Http2Client(port);
                RawClient idle = RawClient.tcp(port);
                Http2Client idleToo = new Http2Client(port)) {
            assertThat(idle.send(post("/echo", "a")).read().status()).isEqualTo(200);
            assertThat(idleToo.exchange("POST", "/echo", Map.of(), new byte[1]).status())
                    .isEqualTo(200);
            busy.send("GET /hang HTTP/1.1\r\nHost: x\r\n\r\n");
            busyToo.open("GET", "/hang", Map.of(), true, true);
            await().until(() -> hanging.get() == 2);
            await().until(() -> door.connections() == 2);
            assertThat(idle.atEnd()).isTrue();
            await().during(Duration.ofSeconds(1)).until(() -> door.connections() == 2 && interrupted.get() == 0);
        }
    }

    @Test
    void refusesABodyBeyondTheLimit() throws Exception {
        reopen(HttpLimits.defaults().withSizes(1 << 20, 100));
        try (RawClient client = RawClient.tcp(port)) {
            RawClient.Answer refused =
                    client.send(post("/echo", "a".repeat(101))).read();
            assertThat(refused.status()).isEqualTo(413);
            assertThat(refused.body()).contains("larger than 100 bytes");
            assertThat(client.send(post("/echo", "a".repeat(100))).read().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void connectionSurvivesABodyThatTheHandlerIgnores() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            assertThat(client.send(post("/ignore", "a".repeat(300_000))).read().body())
                    .isEqualTo("ignored");
            assertThat(client.send(post("/echo", "next")).read().body()).isEqualTo("next");
        }
    }

    @Test
    void tellsAPoliteClientToGoOn() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(100);
            assertThat(client.send("ok").read().body()).isEqualTo("ok");
        }
    }

    @Test
    void closingTheDoorInterruptsWhatIsWorkedOnOverBothProtocols() throws Exception {
        try (RawClient first = RawClient.tcp(port);
                Http2Client second = new Http2Client(port)) {
            first.send("GET /hang HTTP/1.1\r\nHost: x\r\n\r\n");
            second.open("GET", "/hang", Map.of(), true, true);
            await().until(() -> hanging.get() == 2);
            door.close();
            await().until(() -> interrupted.get() == 2);
            assertThat(door.connections()).isZero();
        }
    }

    @Test
    void refusesGrpcMessagesOfMoreThanFourMib() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Map<String, String> grpcFields = Map.of("content-type", "application/grpc", "te", "trailers");
            String check = "/grpc.health.v1.Health/Check";
            assertThat(client.exchange("POST", check, grpcFields, framed((4 << 20) + 1))
                            .headers())
                    .containsEntry("grpc-status", "8");
            assertThat(client.exchange("POST", check, grpcFields, framed(0)).headers())
                    .containsEntry("grpc-status", "0");
        }
    }

    private static byte[] framed(int length) {
        return java.nio.ByteBuffer.allocate(5 + length)
                .put((byte) 0)
                .putInt(length)
                .array();
    }

    @Test
    void cutGrpcStreamsLeaveTheOthersAlone() throws Exception {
        try (Http2Client client = new Http2Client(port)) {
            Map<String, String> grpcFields = Map.of("content-type", "application/grpc", "te", "trailers");
            for (int i = 0; i < 50; i++) {
                Http2Client.Stream given = client.open("POST", "/grpc.health.v1.Health/Watch", grpcFields, true, false);
                given.send(i % 2 == 0 ? framed(0) : new byte[] {0, 0, 0}, i % 3 == 0);
                given.reset();
            }
            assertThat(client.exchange("POST", "/grpc.health.v1.Health/Check", grpcFields, framed(0))
                            .headers())
                    .containsEntry("grpc-status", "0");
        }
        await().until(() -> door.connections() == 0);
    }

    @Test
    void saysHowLongAnAnswerTook() throws Exception {
        try (RawClient client = RawClient.tcp(port);
                Http2Client second = new Http2Client(port)) {
            assertThat(client.send(post("/echo", "a")).read().headers().get("server-timing"))
                    .matches("engine;dur=\\d+\\.\\d{3}");
            assertThat(second.exchange("POST", "/echo", Map.of(), new byte[1])
                            .headers()
                            .get("server-timing"))
                    .matches("engine;dur=\\d+\\.\\d{3}");
        }
    }

    @Test
    void answersFailuresOfTheHandlerWith500() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            RawClient.Answer answer =
                    client.send("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n").read();
            assertThat(answer.status()).isEqualTo(500);
            assertThat(answer.body()).contains("broken on purpose");
        }
    }

    @Test
    void unixSocketIsPrivateReplacesALeftOverAndGoesAway(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("run/engine.sock");
        Files.createDirectories(directory.resolve("run"));
        try (var leftOver = java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
            leftOver.bind(java.net.UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();

        door.listen(socket, PRIVATE);

        assertThat(Files.getPosixFilePermissions(socket)).isEqualTo(PRIVATE);
        try (RawClient client = RawClient.unix(socket)) {
            assertThat(client.send(post("/echo", "unix")).read().body()).isEqualTo("unix");
        }
        assertThatThrownBy(() -> door.listen(socket, PRIVATE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another daemon answers at");
        door.stopAccepting();
        assertThat(directory.resolve("run")).isEmptyDirectory();
    }

    @Test
    void refusesToReplaceWhatIsNoSocket(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("engine.sock"), "precious");
        assertThatThrownBy(() -> door.listen(file, PRIVATE)).hasMessageContaining("is not a socket");
        assertThat(file).hasContent("precious");
    }

    @Test
    void saysWhyAPortCannotBeHad() {
        assertThatThrownBy(() -> door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("cannot listen at");
    }

    @Test
    void worksOnTheSelectorsOfTheJdkToo(@TempDir Path directory) throws Exception {
        close();
        loops = IoLoops.nio();
        open(HttpLimits.defaults());
        Path socket = directory.resolve("s.sock");
        door.listen(socket, PRIVATE);
        try (RawClient client = RawClient.unix(socket);
                Http2Client second = new Http2Client(port)) {
            assertThat(client.send(post("/echo", "nio")).read().body()).isEqualTo("nio");
            assertThat(second.exchange(
                                    "POST",
                                    "/grpc.health.v1.Health/Check",
                                    Map.of("content-type", "application/grpc", "te", "trailers"),
                                    new byte[5])
                            .headers())
                    .containsEntry("grpc-status", "0");
        }
    }
}
