package org.buildengine.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class H2cUpgradeTest {
    private static final String SETTINGS =
            Base64.getUrlEncoder().withoutPadding().encodeToString(RawHttp2.setting(3, 100));

    private final CountDownLatch released = new CountDownLatch(1);
    private final IoLoops loops = IoLoops.best();
    private LocalGrpcServer grpc;
    private FrontDoor door;
    private int port;

    @BeforeEach
    void open() throws IOException {
        grpc = LocalGrpcServer.start(loops, List.of());
        door = new FrontDoor(loops, this::handle, grpc, HttpLimits.defaults());
        port = door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .getPort();
    }

    @AfterEach
    void close() {
        released.countDown();
        door.close();
        grpc.close();
        loops.close();
    }

    private HttpReply handle(HttpRequest request) throws Exception {
        if (request.path().equals("/late") && !released.await(20, TimeUnit.SECONDS)) {
            throw new IOException("not released");
        }
        String body = new String(request.body().readAll(), StandardCharsets.UTF_8);
        return HttpReply.text(
                200,
                request.protocol() + " " + request.method() + " " + request.path() + " "
                        + (body.length() > 100 ? body.length() + " bytes" : body));
    }

    private static String request(String method, String path, String settings, String body) {
        return method + " " + path + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                + "HTTP2-Settings: " + settings + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String answerOf(RawClient client, int stream) throws IOException {
        RawHttp2.Frame frame = RawHttp2.await(client, RawHttp2.DATA);
        assertThat(frame.stream()).isEqualTo(stream);
        return new String(frame.payload(), StandardCharsets.UTF_8);
    }

    private static void beginHttp2(RawClient client) throws IOException {
        RawClient.Answer switched = client.readHead();
        assertThat(switched.line()).isEqualTo("HTTP/1.1 101 Switching Protocols");
        assertThat(switched.headers()).containsEntry("upgrade", "h2c").containsEntry("connection", "upgrade");
        client.send(RawHttp2.join(RawHttp2.PREFACE, RawHttp2.frame(RawHttp2.SETTINGS, 0, 0)));
    }

    @Test
    void theRequestIsAnsweredAsStreamOneAndTheNextAsOthers() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send(request("POST", "/a", SETTINGS, "body"));
            beginHttp2(client);
            assertThat(RawHttp2.read(client).type()).isEqualTo(RawHttp2.SETTINGS);
            assertThat(answerOf(client, 1)).isEqualTo("HTTP_2 POST /a body");
            client.send(RawHttp2.frame(
                    RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 3, RawHttp2.get("/b")));
            assertThat(answerOf(client, 3)).isEqualTo("HTTP_2 GET /b ");
        }
        await().until(() -> door.connections() == 0);
    }

    @Test
    void aConnectionThatWasUsedBeforeIsUpgradedToo() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send("GET /first HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("HTTP_1 GET /first ");
            // As long as the engine is not done with the request before, it answers with HTTP/1.1.
            RawClient.Answer answer =
                    client.send(request("GET", "/a", SETTINGS, "")).readHead();
            while (answer.status() == 200) {
                client.readBytes(Integer.parseInt(answer.headers().getOrDefault("content-length", "0")));
                answer = client.send(request("GET", "/a", SETTINGS, "")).readHead();
            }
            assertThat(answer.status()).isEqualTo(101);
            client.send(RawHttp2.join(RawHttp2.PREFACE, RawHttp2.frame(RawHttp2.SETTINGS, 0, 0)));
            assertThat(answerOf(client, 1)).isEqualTo("HTTP_2 GET /a ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"!!", "AAMAAABk*", "AAMAAABkAA", "AAT_____", "AAUAAAAB"})
    void settingsThatCannotBeReadAreRefused(String settings) throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            RawClient.Answer refused =
                    client.send(request("GET", "/a", settings, "")).read();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.body()).contains("the HTTP2-Settings of its upgrade cannot be read");
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void aBodyThatIsNotSmallIsAnsweredWithHttp1() throws Exception {
        String large = "a".repeat((64 << 10) + 1);
        try (RawClient client = RawClient.tcp(port)) {
            assertThat(client.send(request("POST", "/a", SETTINGS, large))
                            .read()
                            .body())
                    .isEqualTo("HTTP_1 POST /a 65537 bytes");
            client.send("POST /b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                    + "HTTP2-Settings: " + SETTINGS + "\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nb\r\n0\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("HTTP_1 POST /b b");
        }
    }

    @Test
    void anUpgradeBehindARequestThatIsWorkedOnIsAnsweredInItsTurn() throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n" + request("GET", "/a", SETTINGS, ""));
            released.countDown();
            assertThat(client.read().body()).isEqualTo("HTTP_1 GET /late ");
            assertThat(client.read().body()).isEqualTo("HTTP_1 GET /a ");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: Upgrade\r\nUpgrade: h2c\r\n",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\nHTTP2-Settings: \r\n",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: websocket\r\nHTTP2-Settings: \r\n",
                "Upgrade: h2c\r\nHTTP2-Settings: \r\n"
            })
    void whatIsNoWholeRequestForAnUpgradeIsAnsweredWithHttp1(String fields) throws Exception {
        try (RawClient client = RawClient.tcp(port)) {
            client.send("GET /a HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
            assertThat(client.read().body()).isEqualTo("HTTP_1 GET /a ");
        }
    }

    @Test
    void curlUpgrades() throws Exception {
        for (String data : List.of("", "hello")) {
            Process curl = new ProcessBuilder(
                            "curl",
                            "-sS",
                            "--http2",
                            "--max-time",
                            "20",
                            "-w",
                            " over %{http_version}",
                            "-d",
                            data,
                            "http://127.0.0.1:" + port + "/curl")
                    .redirectErrorStream(true)
                    .start();
            assertThat(new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("HTTP_2 POST /curl " + data + " over 2");
            assertThat(curl.waitFor()).isZero();
        }
    }
}
