package org.buildengine.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.buildengine.client.telemetry.TelemetryListener;

/** An engine that answers by script, over HTTP/1.1 on loopback, and says who it is over HTTP/2. Its progress ends when it is asked to shut down. */
public final class FakeEngine implements AutoCloseable {
    private final HttpServer server;
    private final FakeControl control;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch shutdown = new CountDownLatch(1);
    private final Set<String> silent = ConcurrentHashMap.newKeySet();
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private volatile Duration openTimeout = Duration.ofSeconds(20);
    private final CompletableFuture<Boolean> cancelled = new CompletableFuture<>();

    public FakeEngine() throws IOException {
        this(FakeControl.info("github.com/dagger/dagger", "v0.21.8", "0.1.0"));
    }

    private volatile String answer = "{\"data\":{\"version\":\"v1\"}}";

    /** An engine that says something of its own when it is asked who it is. */
    FakeEngine(byte[] info) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
        control = new FakeControl(info, server.getAddress().getPort());
    }

    /** Leaves requests for a path unanswered from now on, and lets sessions wait for no more than a moment. */
    void fallSilent(String path) {
        silent.add(path);
        openTimeout = Duration.ofSeconds(1);
    }

    /** Answers queries with this from now on. */
    void answer(String text) {
        answer = text;
    }

    public EngineAddress address() {
        return control.address();
    }

    /** A session with this engine. */
    public EngineSession open() throws IOException {
        return EngineSession.open(address(), options());
    }

    public SessionOptions options() {
        return new SessionOptions(
                ClientIdentity.create("stable", "v0.21.8", Map.of()),
                TraceContext.from(Map.of()),
                Attacher.none(),
                TelemetryListener.ignoring(),
                openTimeout,
                Duration.ofSeconds(5));
    }

    /** The requests that came, as method and path. */
    public List<String> seen() {
        return seen;
    }

    /** Completes when a request to {@code /endless} was given up by its client. */
    public CompletableFuture<Boolean> cancelled() {
        return cancelled;
    }

    private void handle(HttpExchange exchange) throws IOException {
        seen.add(exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath());
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (silent.contains(exchange.getRequestURI().getPath())) {
            awaitShutdown();
            return;
        }
        switch (exchange.getRequestURI().getPath()) {
            case "/init" -> exchange.sendResponseHeaders(204, -1);
            case "/shutdown" -> {
                shutdown.countDown();
                exchange.sendResponseHeaders(200, -1);
            }
            case "/v1/traces", "/v1/logs" -> events(exchange);
            case "/echo" -> send(exchange, 200, new String(body, StandardCharsets.UTF_8));
            case "/header" -> send(exchange, 200, exchange.getRequestHeaders().getFirst("X-Dagger-Client-Metadata"));
            case "/endless" -> endless(exchange);
            default ->
                send(
                        exchange,
                        200,
                        new String(body, StandardCharsets.UTF_8).contains("fail")
                                ? "{\"errors\":[{\"message\":\"no such thing [traceparent:"
                                        + "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331]\",\"path\":[\"a\",\"b\"]}],"
                                        + "\"data\":null}"
                                : answer);
        }
        exchange.close();
    }

    private void events(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        out.write("id: \nevent: subscribed\ndata\n\n".getBytes(StandardCharsets.UTF_8));
        out.flush();
        awaitShutdown();
    }

    private void awaitShutdown() {
        try {
            shutdown.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void endless(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, 0);
        try {
            while (true) {
                exchange.getResponseBody().write(new byte[8192]);
                exchange.getResponseBody().flush();
            }
        } catch (IOException e) {
            cancelled.complete(true);
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() throws IOException {
        control.close();
        shutdown.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
