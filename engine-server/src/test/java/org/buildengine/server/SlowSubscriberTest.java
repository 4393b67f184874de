package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.buildengine.server.config.ConfigException;
import org.buildengine.server.config.EngineConfig;
import org.buildengine.server.config.ListenAddress;
import org.buildengine.server.http.Http2Client;
import org.buildengine.server.http.RawClient;
import org.buildengine.server.telemetry.Signal;
import org.buildengine.session.ClientMetadata;
import org.buildengine.solver.waiting.Waits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The three event streams, each with 64 events for a subscriber that does not read: the engine makes no more of them than
 * fit on the way, the other streams of the same connection pass, and in the end every event is there, in order.
 */
@Timeout(120)
class SlowSubscriberTest {
    private static final int EVENTS = 64;

    /** Of an HTTP/2 stream, each of 64 KiB: the engine's window and the peer's, and the event in hand. */
    private static final int MOST_UNDER_WAY = 8;

    /** Of a connection of its own, each of 256 KiB: the buffers of both kernels besides. */
    private static final int MOST_IN_SOCKETS = 48;

    private static final String CLIENT =
            ClientMetadata.of("client", "token", "session", "").encode();
    private static final long STALL_MILLIS = 300;

    private final ConcurrentMap<Signal, AtomicInteger> made = new ConcurrentHashMap<>();
    private int bytes;
    private Server server;

    @BeforeEach
    void start() throws IOException, ConfigException {
        server = Server.start(
                EngineConfig.sources()
                        .flags(Map.of("listen", List.of("tcp://127.0.0.1:0")))
                        .build(),
                new ServerParts(
                        (request, client) -> {
                            throw new IllegalStateException("nobody queries");
                        },
                        (client, signal) -> events(signal),
                        List.of(),
                        new Waits(InstantSource.system()),
                        List.of()),
                SessionTimes.defaults().withLinger(Duration.ofMinutes(2)));
    }

    @AfterEach
    void stop() {
        server.close(Duration.ofSeconds(10));
    }

    private TelemetryStreams.Events events(Signal signal) {
        AtomicInteger count = made.computeIfAbsent(signal, s -> new AtomicInteger());
        return () -> count.get() == EVENTS ? Optional.empty() : Optional.of(event(count.getAndIncrement()));
    }

    private byte[] event(int number) {
        return ("id: " + number + "\ndata: " + "x".repeat(bytes) + "\n\n").getBytes(StandardCharsets.US_ASCII);
    }

    private int made(String path) {
        return made.getOrDefault(signal(path), new AtomicInteger()).get();
    }

    private static Signal signal(String path) {
        return Signal.valueOf(path.substring("/v1/".length()).toUpperCase(java.util.Locale.ROOT));
    }

    private InetSocketAddress address() {
        ListenAddress.Tcp tcp = (ListenAddress.Tcp) server.addresses().getFirst();
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.port());
    }

    private void initialise() throws IOException {
        try (RawClient client = RawClient.tcp(address())) {
            assertThat(client.send(head("POST", "/init")).read().status()).isEqualTo(204);
        }
    }

    private static String head(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: dagger\r\nX-Dagger-Client-Metadata: " + CLIENT
                + "\r\nContent-Length: 0\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/traces", "/v1/logs", "/v1/metrics"})
    void streamOfASharedConnectionHoldsUpOnlyItself(String path) throws Exception {
        bytes = 64 * 1024;
        initialise();
        try (Http2Client client = new Http2Client(address())) {
            Map<String, String> fields = Map.of("x-dagger-client-metadata", CLIENT);
            Http2Client.Stream slow = client.open("GET", path, fields, false, true);
            assertThat(slow.status()).isEqualTo(200);
            awaitStall(path);
            assertThat(made(path)).isLessThanOrEqualTo(MOST_UNDER_WAY);

            for (String other : List.of("/v1/traces", "/v1/logs", "/v1/metrics")) {
                if (!other.equals(path)) {
                    assertThat(numbers(client.open("GET", other, fields, true, true)
                                    .answer()
                                    .body()))
                            .isEqualTo(all());
                }
            }
            assertThat(made(path)).isLessThanOrEqualTo(MOST_UNDER_WAY);

            slow.resume();
            assertThat(numbers(slow.answer().body())).isEqualTo(all());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/traces", "/v1/logs", "/v1/metrics"})
    void streamOfAConnectionOfItsOwnIsNotReadAheadOf(String path) throws Exception {
        bytes = 256 * 1024;
        initialise();
        try (RawClient client = RawClient.tcp(address())) {
            client.send(head("GET", path));
            assertThat(client.readHead().status()).isEqualTo(200);
            awaitStall(path);
            assertThat(made(path)).isLessThan(MOST_IN_SOCKETS);

            var text = new StringBuilder();
            for (byte[] chunk = client.readChunk(); chunk.length > 0; chunk = client.readChunk()) {
                text.append(new String(chunk, StandardCharsets.US_ASCII));
            }
            assertThat(numbers(text.toString())).isEqualTo(all());
        }
    }

    private static List<Integer> all() {
        return IntStream.range(0, EVENTS).boxed().toList();
    }

    /** The ids of whole events behind the one that says that the subscription stands. */
    private List<Integer> numbers(String stream) {
        return List.of(stream.split("\n\n", -1)).stream()
                .filter(event -> event.endsWith("x".repeat(bytes)))
                .map(event -> Integer.valueOf(event.substring("id: ".length(), event.indexOf('\n'))))
                .toList();
    }

    private void awaitStall(String path) throws InterruptedException {
        int before;
        do {
            before = made(path);
            Thread.sleep(STALL_MILLIS);
        } while (before == 0 || before != made(path));
    }
}
