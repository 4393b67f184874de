package org.buildengine.server.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.waiting.Awaited;
import org.buildengine.solver.waiting.Party;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Registries and mirrors that take a request and say nothing, or not all: who waits is told whom for, and so is the error. */
@Timeout(60)
class HangingRegistryTest {
    private static final Duration LIMIT = Duration.ofSeconds(1);
    private static final byte[] CONTENT = new byte[200_000];
    private static final int PART = 50_000;

    private final List<AutoCloseable> open = new ArrayList<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Inquiry inquiry = new Inquiry();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable closeable : open.reversed()) {
            closeable.close();
        }
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private interface Connected {
        void to(Socket socket) throws IOException;
    }

    /** A server that reads the head of each request, says so much, and nothing more. */
    private String server(Connected says) throws IOException {
        var socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        open.add(socket);
        var _ = threads.submit((Callable<Void>) () -> {
            while (true) {
                Socket accepted = socket.accept();
                open.add(accepted);
                var _ = threads.submit((Callable<Void>) () -> {
                    InputStream in = accepted.getInputStream();
                    var head = new StringBuilder();
                    while (head.indexOf("\r\n\r\n") < 0) {
                        head.append((char) in.read());
                    }
                    says.to(accepted);
                    return null;
                });
            }
        });
        return "127.0.0.1:" + socket.getLocalPort();
    }

    private String silent() throws IOException {
        return server(_ -> {});
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    /** A server whose answers are all of this status. */
    private String answering(int status) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(status, status == 200 ? CONTENT.length : -1);
                if (status == 200) {
                    exchange.getResponseBody().write(CONTENT);
                }
            }
        });
        server.start();
        open.add(() -> server.stop(0));
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private RegistryClient client(String registry, String... mirrors) {
        List<URI> urls = List.of(mirrors).stream()
                .map(mirror -> URI.create("http://" + mirror))
                .toList();
        var client = new RegistryClient(new RegistrySettings(Map.of(registry, urls), Set.of(), LIMIT, LIMIT, 4));
        open.add(client);
        return client;
    }

    private Future<?> manifest(String registry, String... mirrors) {
        return manifest(client(registry, mirrors), registry);
    }

    private Future<?> manifest(RegistryClient client, String registry) {
        return threads.submit(() ->
                client.manifest(ImageReference.parse(registry + "/team/app:1"), RegistryCredentials.NONE, inquiry));
    }

    private Future<byte[]> blob(String registry, String... mirrors) {
        return blob(client(registry, mirrors), registry);
    }

    private Future<byte[]> blob(RegistryClient client, String registry) {
        return threads.submit(() -> {
            Descriptor descriptor = Descriptor.parse(Documents.object(
                    ("{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"" + Digest.of(CONTENT)
                                    + "\",\"size\":" + CONTENT.length + "}")
                            .getBytes(StandardCharsets.UTF_8),
                    "descriptor"));
            try (InputStream stream = client.blob(
                    ImageReference.parse(registry + "/team/app:1"), descriptor, RegistryCredentials.NONE, inquiry)) {
                return stream.readAllBytes();
            }
        });
    }

    /** A server that sends a part and nothing more. */
    private String stopping() throws IOException {
        return server(HangingRegistryTest::sendPart);
    }

    private static void sendPart(Socket socket) throws IOException {
        say(socket, "HTTP/1.1 200 OK\r\nContent-Length: " + CONTENT.length + "\r\n\r\n");
        socket.getOutputStream().write(CONTENT, 0, PART);
        socket.getOutputStream().flush();
    }

    private static void sendAll(Socket socket) throws IOException {
        say(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + CONTENT.length + "\r\n\r\n");
        socket.getOutputStream().write(CONTENT);
        socket.close();
    }

    /** What somebody is told who asks whom {@code registry} is waited for, while {@code waiting} lasts. */
    private Awaited awaited(String registry, String name) {
        Party party = Party.registry(registry);
        await().pollInterval(Duration.ofMillis(10))
                .until(() -> inquiry.awaited(party).party().name().equals(name)
                        && inquiry.awaited(party).left().isPresent());
        return inquiry.awaited(party);
    }

    /** That as many as are still to be asked may each take their time. */
    private static void isWithinTheLimit(Awaited awaited, int servers) {
        assertThat(awaited.age().orElseThrow()).isBetween(Duration.ZERO, LIMIT.plusMillis(500));
        assertThat(awaited.left().orElseThrow())
                .isBetween(LIMIT.multipliedBy(servers - 1).minusMillis(500), LIMIT.multipliedBy(servers));
    }

    private static void failsWith(Future<?> asking, String message) {
        assertThatThrownBy(asking::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .hasMessage(message);
    }

    @Test
    void mirrorThatHangsIsNamedWhileItDoesAndInTheError() throws Exception {
        String mirror = silent();
        String registry = answering(404);
        Future<?> asking = manifest(registry, mirror);

        Awaited awaited = awaited(registry, registry + " (mirror " + mirror + ")");
        assertThat(awaited.party().id()).isEqualTo(mirror);
        isWithinTheLimit(awaited, 2);
        failsWith(
                asking,
                "http://" + registry + "/v2/team/app/manifests/1: status 404: not found. Of its mirrors: http://"
                        + mirror + " did not answer within 1 s");
        assertThatThrownBy(asking::get).cause().isInstanceOf(RegistryException.class);
    }

    @Test
    void allThatHangAreNamed() throws Exception {
        String first = silent();
        String second = answering(403);
        String registry = silent();
        Future<?> asking = manifest(registry, first, second);

        isWithinTheLimit(awaited(registry, registry + " (mirror " + first + ")"), 3);
        isWithinTheLimit(awaited(registry, registry), 1);
        failsWith(
                asking,
                "http://" + registry + " did not answer within 1 s. Of its mirrors: http://" + first
                        + " did not answer within 1 s; http://" + second
                        + "/v2/team/app/manifests/1: status 403: access denied");
    }

    @Test
    void registryAnswersInThePlaceOfAMirrorThatHangs() throws Exception {
        String registry = answering(200);
        assertThat(blob(registry, silent()).get()).isEqualTo(CONTENT);
    }

    @Test
    void downloadThatStandsStillIsNamedWithWhatCame() throws Exception {
        String mirror = stopping();
        String registry = answering(404);
        Future<byte[]> pulling = blob(registry, mirror);

        awaited(registry, registry + " (mirror " + mirror + ")");
        assertThatThrownBy(pulling::get)
                .cause()
                .hasMessage("download of " + Digest.of(CONTENT) + " broke off: http://" + registry
                        + "/v2/team/app/blobs/" + Digest.of(CONTENT)
                        + ": status 404: not found. Of its mirrors: http://"
                        + mirror + " sent nothing for 1 s after " + PART + " of " + CONTENT.length + " bytes");
        assertThat(inquiry.awaited(Party.registry(registry)).left()).isEqualTo(Optional.empty());
    }

    @Test
    void endThatIsSaidOfADownloadThatStandsStillIsThatOfAllItsTries() throws Exception {
        String registry = stopping();
        Future<byte[]> pulling = blob(registry);
        await().until(() -> inquiry.awaited(Party.registry(registry)).left().isPresent());
        Thread.sleep(LIMIT.multipliedBy(3).dividedBy(2).toMillis());

        long said = System.nanoTime()
                + awaited(registry, registry).left().orElseThrow().toNanos();
        assertThatThrownBy(pulling::get)
                .cause()
                .hasMessage("download of " + Digest.of(CONTENT) + " broke off: http://" + registry
                        + " sent nothing for 1 s after " + PART + " of " + CONTENT.length + " bytes");
        assertThat(Duration.ofNanos(System.nanoTime() - said))
                .isBetween(Duration.ofMillis(-50), Duration.ofMillis(700));
    }

    @Test
    void downloadThatStandsStillGoesOnAtTheNextEndpoint() throws Exception {
        var ranges = new ConcurrentLinkedQueue<String>();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                ranges.add(exchange.getRequestHeaders().getFirst("Range"));
                exchange.getResponseHeaders()
                        .add("Content-Range", "bytes " + PART + "-" + (CONTENT.length - 1) + "/" + CONTENT.length);
                exchange.sendResponseHeaders(206, CONTENT.length - PART);
                exchange.getResponseBody().write(CONTENT, PART, CONTENT.length - PART);
            }
        });
        server.start();
        open.add(() -> server.stop(0));

        assertThat(blob("127.0.0.1:" + server.getAddress().getPort(), stopping())
                        .get())
                .isEqualTo(CONTENT);
        assertThat(ranges).containsExactly("bytes=" + PART + "-");
    }

    @Test
    void downloadThatStandsStillGoesOnAtAnEndpointThatSendsOnlyAllOfIt() throws Exception {
        assertThat(blob(answering(200), stopping()).get()).isEqualTo(CONTENT);
    }

    @Test
    void mirrorThatHungIsNotAskedAgainForWhatTheRegistryHas() throws Exception {
        var asked = new AtomicInteger();
        String mirror = server(_ -> asked.incrementAndGet());
        String registry = answering(200);
        RegistryClient client = client(registry, mirror);
        assertThat(blob(client, registry).get()).isEqualTo(CONTENT);

        assertThat(blob(client, registry).get()).isEqualTo(CONTENT);
        assertThat(manifest(client, registry)).succeedsWithin(Duration.ofSeconds(10));
        assertThat(asked).hasValue(1);
    }

    @Test
    void mirrorThatStoodStillIsNotAskedAgainForWhatTheRegistryHas() throws Exception {
        var asked = new AtomicInteger();
        String mirror = server(socket -> {
            asked.incrementAndGet();
            sendPart(socket);
        });
        String registry = answering(200);
        RegistryClient client = client(registry, mirror);

        assertThat(blob(client, registry).get()).isEqualTo(CONTENT);
        assertThat(blob(client, registry).get()).isEqualTo(CONTENT);
        assertThat(asked).hasValue(1);
    }

    @Test
    void mirrorThatHungIsStillAskedForWhatNobodyElseHas() throws Exception {
        var asked = new AtomicInteger();
        String mirror = server(socket -> {
            if (asked.incrementAndGet() > 1) {
                sendAll(socket);
            }
        });
        String registry = answering(404);
        RegistryClient client = client(registry, mirror);

        failsWith(
                blob(client, registry),
                "http://" + registry + "/v2/team/app/blobs/" + Digest.of(CONTENT)
                        + ": status 404: not found. Of its mirrors: http://" + mirror + " did not answer within 1 s");
        assertThat(blob(client, registry).get()).isEqualTo(CONTENT);
    }

    @Test
    void downloadGoesOnAtAMirrorThatRecoversIfNobodyElseHasIt() throws Exception {
        var asked = new AtomicInteger();
        String mirror = server(socket -> {
            if (asked.incrementAndGet() > 1) {
                sendAll(socket);
            } else {
                sendPart(socket);
            }
        });
        assertThat(blob(answering(404), mirror).get()).isEqualTo(CONTENT);
    }

    @Test
    void documentThatDoesNotEndIsGivenUpInTime() throws Exception {
        String registry = server(socket -> {
            say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            // each byte in time, all of them never
            for (int i = 0; i < 100; i++) {
                say(socket, "{");
                try {
                    Thread.sleep(200);
                } catch (InterruptedException e) {
                    return;
                }
            }
        });
        failsWith(manifest(registry), "http://" + registry + " did not send all of its answer within 1 s");
    }

    @Test
    void tokenServerThatHangsIsNamed() throws Exception {
        String tokens = silent();
        String registry = server(socket -> say(
                socket,
                "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer realm=\"http://" + tokens
                        + "/token\"\r\n\r\n"));
        Future<?> asking = manifest(registry);

        isWithinTheLimit(awaited(registry, registry + " (sent on to " + tokens + ")"), 1);
        failsWith(asking, "http://" + tokens + " did not answer within 1 s");
    }

    @Test
    void tokenThatDoesNotComeIsNamed() throws Exception {
        String tokens = server(socket -> say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"));
        String registry = server(socket -> say(
                socket,
                "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nWWW-Authenticate: Bearer realm=\"http://" + tokens
                        + "/token\"\r\n\r\n"));
        failsWith(manifest(registry), "http://" + tokens + " did not send all of its answer within 1 s");
    }

    /** The kernel lets connections wait that nobody accepts, and no more than it was told. */
    @Test
    void registryThatTakesNoConnectionIsNamed() throws Exception {
        var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        open.add(full);
        boolean taken = true;
        while (taken) {
            var filling = new Socket();
            open.add(filling);
            try {
                filling.connect(full.getLocalSocketAddress(), 200);
            } catch (SocketTimeoutException e) {
                taken = false;
            }
        }
        String registry = "127.0.0.1:" + full.getLocalPort();
        failsWith(
                manifest(registry),
                "http://" + registry + " did not take a connection in time; is the registry reachable?");
    }
}
