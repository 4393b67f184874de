package org.buildengine.client.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.buildengine.client.EngineSession;
import org.buildengine.client.FakeEngine;
import org.buildengine.session.ClientMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
@SuppressWarnings("NullAway.Init") // opened before each test
class LocalProxyTest {
    private FakeEngine engine;
    private final CompletableFuture<EngineSession> session = new CompletableFuture<>();
    private LocalProxy proxy;
    private Socket sdk;

    @BeforeEach
    void open() throws IOException {
        engine = new FakeEngine();
        proxy = LocalProxy.open(session);
        sdk = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), proxy.port());
    }

    @AfterEach
    void close() throws IOException {
        sdk.close();
        proxy.close();
        if (session.isDone() && !session.isCompletedExceptionally()) {
            session.join().close();
        }
        engine.close();
    }

    @Test
    void aRequestWithoutTheTokenGetsExactlyThisAnswer() throws Exception {
        session.complete(engine.open());
        send("POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
        assertThat(answer()).isEqualToNormalizingNewlines("""
                        HTTP/1.1 401 Unauthorized
                        Www-Authenticate: Basic realm="Access to the Dagger engine session"
                        Content-Length: 0

                        """);
    }

    @Test
    void aRequestWaitsForTheSessionAndThenCarriesItsIdentity() throws Exception {
        send(request("/header", "{}"));
        assertThat(session.isDone()).isFalse();
        EngineSession opened = engine.open();
        session.complete(opened);
        String header = body(answer());
        assertThat(ClientMetadata.decode(header)).isEqualTo(opened.identity());
    }

    @Test
    void aSessionThatCannotOpenIsToldToRequestsInTheFormOfGraphql() throws Exception {
        session.completeExceptionally(new IOException("the engine \"x\" is asleep"));
        send(request("/query", "{}"));
        String answer = answer();
        assertThat(answer).startsWith("HTTP/1.1 500 ").contains("Content-Type: application/json\r\n");
        assertThat(body(answer))
                .isEqualTo("{\"errors\":[{\"message\":\"the engine \\\"x\\\" is asleep\"}],\"data\":null}");
    }

    @Test
    void oneConnectionCarriesRequestAfterRequest() throws Exception {
        session.complete(engine.open());
        for (int i = 0; i < 20; i++) {
            send(request("/echo?dropped=1", "{\"n\":" + i + "}"));
            assertThat(body(answer())).isEqualTo("{\"n\":" + i + "}");
        }
    }

    @Test
    void aBodyInChunksIsPassedOn() throws Exception {
        session.complete(engine.open());
        send(head("/echo") + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\n\r\n");
        assertThat(body(answer())).isEqualTo("abcdefgh");
    }

    @Test
    void aRequestWhoseSdkGoesAwayIsGivenUp() throws Exception {
        session.complete(engine.open());
        send(request("/endless", "{}"));
        assertThat(sdk.getInputStream().read()).isEqualTo('H');
        sdk.close();
        assertThat(engine.cancelled().get(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aRequestAfterTheEndOfTheSessionGetsTheReasonAsGraphql() throws Exception {
        EngineSession opened = engine.open();
        session.complete(opened);
        opened.close();
        send(request("/query", "{}"));
        assertThat(answer())
                .startsWith("HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\n")
                .contains("{\"errors\":[{\"message\":\"no answer from the engine: ");
    }

    private static final String PREFLIGHT = """
            OPTIONS /query HTTP/1.1\r
            Host: x\r
            Origin: http://page\r
            Access-Control-Request-Method: POST\r
            Access-Control-Request-Headers: authorization\r
            Content-Length: 0\r
            \r
            """;

    @Test
    void aBrowserMayAskForPagesOfOtherOriginsOnlyWhereThatIsAllowed() throws Exception {
        session.complete(engine.open());
        send(PREFLIGHT);
        assertThat(answer()).startsWith("HTTP/1.1 401 ").doesNotContain("Access-Control");
        send(request("/echo", "{}"));
        assertThat(answer()).startsWith("HTTP/1.1 200 ").doesNotContain("Access-Control");

        proxy.close();
        InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        proxy = LocalProxy.open(session, new InetSocketAddress(loopback, 0), "secret", CrossOrigin.ALLOWED);
        sdk = new Socket(loopback, proxy.port());
        send(PREFLIGHT);
        assertThat(answerHead()).isEqualToNormalizingNewlines("""
                        HTTP/1.1 204 No Content
                        Access-Control-Allow-Origin: *
                        Access-Control-Allow-Methods: POST
                        Access-Control-Allow-Headers: authorization
                        Vary: Access-Control-Request-Method, Access-Control-Request-Headers

                        """);
        send(request("/echo", "{}"));
        assertThat(answer()).startsWith("HTTP/1.1 200 ").contains("Access-Control-Allow-Origin: *\r\n");
        send("POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
        assertThat(answer()).startsWith("HTTP/1.1 401 ").contains("Access-Control-Allow-Origin: *\r\n");
    }

    @Test
    void anHttp2PrefaceGetsNoAnswer() throws Exception {
        send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        assertThat(sdk.getInputStream().read()).isEqualTo(-1);
    }

    private String head(String path) {
        String credentials =
                Base64.getEncoder().encodeToString((proxy.token() + ":ignored").getBytes(StandardCharsets.UTF_8));
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + credentials + "\r\n";
    }

    private String request(String path, String body) {
        return head(path) + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private void send(String text) throws IOException {
        sdk.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        sdk.getOutputStream().flush();
    }

    private String answerHead() throws IOException {
        StringBuilder text = new StringBuilder();
        while (text.indexOf("\r\n\r\n") < 0) {
            text.append((char) sdk.getInputStream().read());
        }
        return text.toString();
    }

    private String answer() throws IOException {
        String text = answerHead();
        int at = text.indexOf("Content-length: ") >= 0
                ? text.indexOf("Content-length: ")
                : text.indexOf("Content-Length: ");
        int length = Integer.parseInt(text.substring(at + 16, text.indexOf("\r\n", at)));
        return text + new String(sdk.getInputStream().readNBytes(length), StandardCharsets.UTF_8);
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
}
