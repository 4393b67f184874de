package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.buildengine.session.ClientVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a user is told about whatever answers where an engine should be. */
@Timeout(60)
class EngineCheckTest {
    private static final ClientVersion CLIENT = new ClientVersion(0, 21, 8, "");
    private static final String ENGINE = "github.com/dagger/dagger";

    private static void check(EngineAddress address) throws IOException {
        try (EngineCheck check = EngineCheck.begin(address)) {
            check.await(CLIENT);
        }
    }

    private static void check(byte[] answer) throws IOException {
        try (FakeControl control = new FakeControl(answer, 0)) {
            check(control.address());
        }
    }

    @Test
    void enginesOfUsableVersionsPassOursAndDaggers() {
        assertThatCode(() -> check(FakeControl.info(ENGINE, "v0.21.8", "0.1.0")))
                .doesNotThrowAnyException();
        assertThatCode(() -> check(FakeControl.info(ENGINE, "v0.19.0", ""))).doesNotThrowAnyException();
        assertThatCode(() -> check(FakeControl.info(ENGINE, "", ""))).doesNotThrowAnyException();
    }

    @Test
    void anOlderEngineIsNamedWithBothVersions() {
        assertThatThrownBy(() -> check(FakeControl.info(ENGINE, "v0.18.9", "0.0.9")))
                .hasMessageMatching(
                        "the engine at tcp://127.0.0.1:\\d+ \\(build-engine 0.0.9, API v0.18.9\\) is too old"
                                + " for this command, which needs v0.19.0 or later: update the engine, .*ENGINE_HOST");
        assertThatThrownBy(() -> check(FakeControl.info(ENGINE, "devel", "")))
                .hasMessageContaining("(API devel) is too old");
    }

    @Test
    void aNewerEngineIsNamedWithBothVersions() {
        assertThatThrownBy(() -> check(FakeControl.info(ENGINE, "v1.0.0", "")))
                .hasMessageMatching(
                        "the engine at tcp://127.0.0.1:\\d+ \\(API v1.0.0\\) is too new for this command, which"
                                + " speaks v0.21.8: update this command, .*ENGINE_HOST");
    }

    @Test
    void anotherDaemonIsNamed() {
        assertThatThrownBy(() -> check(FakeControl.info("github.com/moby/buildkit", "v0.30.0", "")))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageStartingWith("no engine at tcp://127.0.0.1:")
                .hasMessageContaining("it calls itself \"github.com/moby/buildkit\"")
                .hasMessageEndingWith("Start one with `engine serve`, or name another one in ENGINE_HOST");
    }

    @Test
    void aServerOfHttp2WithoutTheCallIsNoEngine() {
        assertThatThrownBy(() -> check(FakeControl.answer(new byte[0])))
                .hasMessageContaining("does not know the call that engines know");
        assertThatThrownBy(() -> check(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0}))
                .hasMessageContaining("refuses to say what it is");
        assertThatThrownBy(() -> check(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0, 127, 0, 0, 0, 0, 0, 0, 0, 1}))
                .hasMessageContaining("refuses to say what it is");
        assertThatThrownBy(() -> check("\0\0\0\4\0\0\0\0\0".repeat(100).getBytes(StandardCharsets.ISO_8859_1)))
                .hasMessageContaining("says nothing of itself");
    }

    @Test
    void anEngineThatIsStoppingIsSaidToBe() {
        assertThatThrownBy(() -> check(new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0}))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("takes no more calls; if it is an engine, it is about to stop");
    }

    @Test
    void aWebServerIsNoEngine() throws Exception {
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.start();
        try {
            assertThatThrownBy(() -> check("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII)))
                    .hasMessageContaining("a web server answers there");
            assertThatThrownBy(() -> check(
                            new EngineAddress.Tcp("127.0.0.1", web.getAddress().getPort())))
                    .isInstanceOf(EngineUnavailableException.class)
                    .hasMessageContaining("no engine at");
        } finally {
            web.stop(0);
        }
    }

    @Test
    void whatSpeaksAnotherProtocolIsQuoted() {
        assertThatThrownBy(() -> check("SSH-2.0-OpenSSH_9.7\r\n".getBytes(StandardCharsets.US_ASCII)))
                .hasMessageContaining("speaks another protocol (it begins with \"SSH-2.0-O\")");
        assertThatThrownBy(() -> check("\u0015\3\1".getBytes(StandardCharsets.ISO_8859_1)))
                .hasMessageContaining("speaks another protocol (it begins with \"???\")");
        assertThatThrownBy(() -> check(new byte[0])).hasMessageContaining("closes the connection");
    }

    @Test
    void nobodyThereIsSaidWithTheReason(@TempDir Path directory) throws Exception {
        assertThatThrownBy(() -> check(EngineAddress.parse("unix://" + directory.resolve("none.sock"))))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("there is no such socket");
        int closed;
        try (ServerSocket once = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = once.getLocalPort();
        }
        assertThatThrownBy(() -> check(new EngineAddress.Tcp("127.0.0.1", closed)))
                .isInstanceOf(EngineUnavailableException.class)
                .hasMessageContaining("refused");
    }

    @Test
    void whoTakesTheConnectionAndSaysNothingIsGivenUp() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                EngineCheck check = EngineCheck.begin(new EngineAddress.Tcp("127.0.0.1", mute.getLocalPort()))) {
            assertThatThrownBy(() -> check.await(CLIENT, Duration.ofMillis(1), Duration.ofSeconds(1)))
                    .isInstanceOf(EngineUnavailableException.class)
                    .hasMessageContaining("the connection is taken, but nobody answers within 1 s");
        }
    }

    @Test
    void aSessionIsNotOpenedWithoutAnEngine() throws Exception {
        try (FakeEngine engine = new FakeEngine(FakeControl.info(ENGINE, "v0.18.9", ""))) {
            assertThatThrownBy(engine::open).hasMessageContaining("is too old for this command");
            assertThat(engine.seen()).isEmpty();
        }
    }
}
