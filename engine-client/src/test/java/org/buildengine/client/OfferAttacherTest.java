package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.Uninterruptibles;
import com.google.protobuf.Empty;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.buildengine.client.Attacher.Attachment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An offer as an engine sees it that is nothing but a socket. */
class OfferAttacherTest {
    private static final String TURNED = "HTTP/0.0 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n";
    private static final byte[] SETTINGS = {0, 0, 0, 4, 0, 0, 0, 0, 0};
    private static final byte[] WINDOW_UPDATE = {0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 1, 0, 0};
    private static final byte[] PING = {0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8};
    private static final byte[] GOAWAY = {0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};

    /** A call of /a.B/C with an empty message: its HEADERS (RFC 7541: most by their numbers in the static table) and DATA. */
    private static final byte[] CALL = HexFormat.of()
            .parseHex(("000034 01 04 00000001" + "83 86 04 06 2f612e422f43" + "01 09 6c6f63616c686f7374"
                            + "5f 10 6170706c69636174696f6e2f67727063" + "40 02 7465 08 747261696c657273"
                            + "000005 00 01 00000001" + "0000000000")
                    .replace(" ", ""));

    private static final MethodDescriptor<Empty, Empty> METHOD = MethodDescriptor.<Empty, Empty>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("a.B/C")
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .build();

    private final CompletableFuture<Boolean> asked = new CompletableFuture<>();
    private final List<ServerServiceDefinition> services = new ArrayList<>();
    private final OfferAttacher attacher = new OfferAttacher(List.of("a.B/C", "d.E/F"), () -> {
        asked.complete(true);
        return services;
    });

    @SuppressWarnings("NullAway.Init") // set before each test
    private ServerSocket engine;

    @BeforeEach
    void listen() throws IOException {
        engine = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        engine.setSoTimeout(20_000);
    }

    @AfterEach
    void close() throws IOException {
        engine.close();
    }

    @Test
    void offerNamesItsMethodsAndIsReadyBeforeAnythingServesIt() throws Exception {
        CompletableFuture<Attachment> attachment = attach();
        try (Socket connection = accept()) {
            assertThat(head(connection))
                    .startsWith("GET /sessionAttachables HTTP/1.1\r\n")
                    .contains("\r\nX-Docker-Expose-Session-Grpc-Method: /a.B/C\r\n")
                    .contains("\r\nX-Docker-Expose-Session-Grpc-Method: /d.E/F\r\n");
            say(connection, TURNED.getBytes(StandardCharsets.US_ASCII));

            assertThat(connection.getInputStream().readNBytes(1)).containsExactly(0);
            assertThat(connection.getInputStream().readNBytes(SETTINGS.length)).containsExactly(SETTINGS);
            say(connection, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            say(connection, SETTINGS);
            say(connection, WINDOW_UPDATE);
            say(connection, GOAWAY);

            assertThat(connection.getInputStream().read()).isEqualTo(-1);
            assertThat(asked).isNotDone();
        }
        attachment.get(20, TimeUnit.SECONDS).close();
    }

    @Test
    void firstQuestionWakesTheServicesWhichAnswerIt() throws Exception {
        CompletableFuture<Attachment> attachment = attach();
        try (Socket connection = accept()) {
            head(connection);
            say(connection, TURNED.getBytes(StandardCharsets.US_ASCII));
            connection.getInputStream().readNBytes(1 + SETTINGS.length);
            say(connection, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            say(connection, SETTINGS);
            say(connection, PING);

            byte[] pong = PING.clone();
            pong[4] = 1; // acknowledged
            ByteArrayOutputStream heard = new ByteArrayOutputStream();
            while (!contains(heard.toByteArray(), pong)) {
                int next = connection.getInputStream().read();
                assertThat(next).isNotNegative();
                heard.write(next);
            }
            assertThat(asked).isCompleted();
        }
        attachment.get(20, TimeUnit.SECONDS).close();
    }

    @Test
    void loopOutlivesACallThatTheEndDoesNotInterrupt() throws Exception {
        var called = new CountDownLatch(1);
        var leave = new CountDownLatch(1);
        services.add(ServerServiceDefinition.builder("a.B")
                .addMethod(METHOD, ServerCalls.asyncUnaryCall((_, _) -> {
                    called.countDown();
                    Uninterruptibles.awaitUninterruptibly(leave);
                }))
                .build());
        CompletableFuture<Attachment> attachment = attach();
        try (Socket connection = accept()) {
            head(connection);
            say(connection, TURNED.getBytes(StandardCharsets.US_ASCII));
            say(connection, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            say(connection, SETTINGS);
            say(connection, CALL);
            assertThat(called.await(20, TimeUnit.SECONDS)).isTrue();

            attachment.get(20, TimeUnit.SECONDS).close();
            assertThat(loops()).isEqualTo(1);
            leave.countDown();
            await().atMost(Duration.ofSeconds(20)).until(() -> loops() == 0);
        }
    }

    private static long loops() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("multiThreadIoEventLoopGroup"))
                .count();
    }

    @Test
    void closingADormantOfferClosesItsConnection() throws Exception {
        CompletableFuture<Attachment> attachment = attach();
        try (Socket connection = accept()) {
            head(connection);
            say(connection, TURNED.getBytes(StandardCharsets.US_ASCII));
            attachment.get(20, TimeUnit.SECONDS).close();
            connection.getInputStream().readNBytes(1 + SETTINGS.length);
            assertThat(connection.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void refusalIsSaidWithItsStatusAndText() throws Exception {
        assertFailure(
                "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9\r\n\r\nno thanks, and more",
                "the engine refused the attachment with status 500: no thanks");
    }

    @Test
    void strangersAreSaid() throws Exception {
        assertFailure("SSH-2.0-x\r\n\r\n", "the engine's answer to the attachment is not HTTP");
        assertFailure("HTTP/1.1 101 Sw", "the engine closed the connection during the attachment");
        assertFailure("x".repeat(70_000), "the engine's answer to the attachment has no end");
    }

    private void assertFailure(String answer, String message) throws Exception {
        CompletableFuture<Attachment> attachment = attach();
        try (Socket connection = accept()) {
            head(connection);
            say(connection, answer.getBytes(StandardCharsets.US_ASCII));
            connection.shutdownOutput();
            assertThatThrownBy(() -> attachment.get(20, TimeUnit.SECONDS))
                    .cause()
                    .hasMessage(message);
        }
    }

    private CompletableFuture<Attachment> attach() {
        CompletableFuture<Attachment> attachment = new CompletableFuture<>();
        ClientThread.start("attach", () -> {
            try {
                attachment.complete(attacher.attach(
                        EngineAddress.parse("tcp://127.0.0.1:" + engine.getLocalPort()),
                        ClientIdentity.create("stable", "v0.21.8", Map.of())));
            } catch (IOException e) {
                attachment.completeExceptionally(e);
            }
        });
        return attachment;
    }

    private Socket accept() throws IOException {
        Socket connection = engine.accept();
        connection.setSoTimeout(20_000);
        return connection;
    }

    private static String head(Socket connection) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) connection.getInputStream().read());
        }
        return head.toString();
    }

    private static void say(Socket connection, byte[] bytes) throws IOException {
        connection.getOutputStream().write(bytes);
        connection.getOutputStream().flush();
    }

    private static boolean contains(byte[] all, byte[] part) {
        return new String(all, StandardCharsets.ISO_8859_1).contains(new String(part, StandardCharsets.ISO_8859_1));
    }
}
