package org.buildengine.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.server.cache.CacheRules;
import org.buildengine.server.cache.LocalCache;
import org.buildengine.server.config.ConfigException;
import org.buildengine.server.config.EngineConfig;
import org.buildengine.server.config.ListenAddress;
import org.buildengine.server.control.ControlService;
import org.buildengine.server.control.EngineIdentity;
import org.buildengine.server.fixture.FakeCollector;
import org.buildengine.server.graphql.GraphqlRequest;
import org.buildengine.server.graphql.GraphqlResponse;
import org.buildengine.server.telemetry.Signal;
import org.buildengine.session.HostException;
import org.buildengine.solver.waiting.Waits;

/** A server whose queries do what their text says: {@code hang}, {@code attach}, answer something {@code large}, or nothing. */
final class FakeDaemon implements AutoCloseable {
    static final String LAST_EVENT = "id: 1\nevent: logs\ndata: {}\n\n";

    final AtomicInteger hanging = new AtomicInteger();
    final AtomicInteger interrupted = new AtomicInteger();
    final AtomicInteger released = new AtomicInteger();
    final AtomicInteger closedParts = new AtomicInteger();
    final Waits waits = new Waits(InstantSource.system());
    final Server server;

    FakeDaemon(Map<String, List<String>> flags, SessionTimes times) throws IOException, ConfigException {
        var cache = new LocalCache(new FakeCollector(), Path.of("/"), CacheRules.OFF);
        var control = new ControlService(new EngineIdentity("host1", CompatibleVersion.TEXT, "0.1"), "amd64", cache);
        var parts = new ServerParts(
                this::answer, FakeDaemon::events, List.of(control), waits, List.of(closedParts::incrementAndGet));
        server = Server.start(
                EngineConfig.sources()
                        .flags(Map.of("listen", List.of("tcp://127.0.0.1:0")))
                        .flags(flags)
                        .build(),
                parts,
                times);
    }

    /** Deadlines short enough for tests, but those that must not be met long. */
    static SessionTimes times() {
        return new SessionTimes(
                Duration.ofSeconds(10),
                Duration.ofMillis(500),
                Duration.ofMillis(200),
                Duration.ofSeconds(60),
                Duration.ofSeconds(70),
                Duration.ofSeconds(1));
    }

    InetSocketAddress address() {
        ListenAddress.Tcp tcp = (ListenAddress.Tcp) server.addresses().getFirst();
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), tcp.port());
    }

    int port() {
        return address().getPort();
    }

    private GraphqlResponse answer(GraphqlRequest request, DaggerClient client) throws InterruptedException {
        String text = new String(request.bodyBytes(), StandardCharsets.UTF_8);
        client.session().part(AtomicInteger.class, () -> {
            client.session().onClose("count", released::incrementAndGet);
            return new AtomicInteger();
        });
        if (text.contains("hang")) {
            hang();
        }
        if (text.contains("large")) {
            return json(" ".repeat(64 << 20));
        }
        if (text.contains("attach")) {
            try {
                return json("{\"data\":\"" + client.attachables().methods().size() + "\"}");
            } catch (HostException e) {
                return json("{\"errors\":[{\"message\":\"" + e.getMessage() + "\"}]}");
            }
        }
        return json("{\"data\":{}}");
    }

    private void hang() throws InterruptedException {
        hanging.incrementAndGet();
        try {
            Thread.sleep(Duration.ofSeconds(60));
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            throw e;
        }
    }

    private static GraphqlResponse json(String text) {
        return new GraphqlResponse(
                200, Optional.of("application/json"), Map.of(), ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Metrics flood, logs say one thing at the end, traces nothing. */
    private static TelemetryStreams.Events events(DaggerClient client, Signal signal) {
        BlockingQueue<Optional<byte[]>> queue = new LinkedBlockingQueue<>();
        client.onShutdown("events", () -> {
            if (signal == Signal.LOGS) {
                queue.add(Optional.of(LAST_EVENT.getBytes(StandardCharsets.UTF_8)));
            }
            queue.add(Optional.empty());
        });
        if (signal == Signal.METRICS && client.id().startsWith("flood")) {
            return () -> Optional.of(new byte[64 * 1024]);
        }
        return () -> {
            Optional<byte[]> next = queue.poll(60, TimeUnit.SECONDS);
            if (next == null) {
                throw new IOException("the stream was not ended");
            }
            return next;
        };
    }

    @Override
    public void close() {
        server.close(Duration.ofSeconds(10));
    }
}
