package org.buildengine.server;

import io.grpc.BindableService;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.server.config.EngineConfig;
import org.buildengine.server.config.ListenAddress;
import org.buildengine.server.http.FrontDoor;
import org.buildengine.server.http.HttpLimits;
import org.buildengine.server.http.IoLoops;
import org.buildengine.server.http.LocalGrpcServer;

/**
 * A running daemon: the doors, the sessions, and what stands behind them. Safe for use by several threads. Closing it
 * twice does nothing.
 */
public final class Server implements AutoCloseable {
    /** How long sessions have to end when the daemon does. */
    public static final Duration DRAIN = Duration.ofSeconds(30);

    private static final System.Logger LOG = System.getLogger(Server.class.getName());
    private static final Duration IDLE_CHECKS = Duration.ofMillis(500);

    private final Sessions sessions;
    private final IoLoops loops;
    private final LocalGrpcServer grpc;
    private final FrontDoor door;
    private final List<AutoCloseable> owned;
    private final List<ListenAddress> addresses = new ArrayList<>();
    private final CompletableFuture<String> stopRequest = new CompletableFuture<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private Server(EngineConfig config, ServerParts parts, SessionTimes times) throws IOException {
        this.owned = parts.owned();
        this.sessions = new Sessions(times, parts.waits());
        this.loops = IoLoops.best();
        var services = new ArrayList<BindableService>(parts.services());
        services.add(new HealthStatusManager().getHealthService());
        this.grpc = LocalGrpcServer.start(loops, services);
        this.door = new FrontDoor(
                loops,
                new SessionDoor(sessions, times, parts.queries(), parts.telemetry()),
                grpc,
                HttpLimits.defaults()
                        .withSizes(config.maxHeaderBytes(), config.maxBodyBytes())
                        .withStall(config.stallDeadline()));
    }

    /**
     * Opens the store and the doors.
     *
     * @throws IOException if the root directory or an address cannot be had; nothing is left open then
     */
    public static Server start(EngineConfig config) throws IOException {
        return start(config, Assembly.assemble(config));
    }

    /**
     * Opens the doors.
     *
     * @throws IOException if an address cannot be had; nothing is left open then, and the parts are closed
     */
    public static Server start(EngineConfig config, ServerParts parts) throws IOException {
        return start(config, parts, SessionTimes.defaults().withSilence(config.clientDeadline()));
    }

    static Server start(EngineConfig config, ServerParts parts, SessionTimes times) throws IOException {
        var server = new Server(config, parts, times);
        try {
            for (ListenAddress address : config.listen()) {
                server.listen(address, config);
            }
        } catch (IOException e) {
            server.close();
            throw e;
        }
        config.idleExit().ifPresent(server::watchIdleness);
        return server;
    }

    private void listen(ListenAddress address, EngineConfig config) throws IOException {
        switch (address) {
            case ListenAddress.Unix unix -> {
                door.listen(unix.path(), config.socketMode());
                addresses.add(unix);
            }
            case ListenAddress.Tcp tcp ->
                addresses.add(new ListenAddress.Tcp(
                        tcp.host(), door.listen(tcp.resolve()).getPort()));
        }
    }

    /** Where it listens, with the ports that were found. */
    public List<ListenAddress> addresses() {
        return List.copyOf(addresses);
    }

    /** Its sessions. */
    public Sessions sessions() {
        return sessions;
    }

    /** Completes, with the reason, when the server should be closed: because of {@link #requestStop}, or of idleness. */
    public CompletableFuture<String> stopRequest() {
        return stopRequest.copy();
    }

    /** Asks for the server to be closed by whoever waits for {@link #stopRequest}. */
    public void requestStop(String reason) {
        if (stopRequest.complete(reason)) {
            LOG.log(System.Logger.Level.INFO, "the engine is going to stop: {0}", reason);
        }
    }

    private void watchIdleness(Duration limit) {
        var idle = new AtomicLong(System.nanoTime());
        loops.every(IDLE_CHECKS, () -> {
            long now = System.nanoTime();
            if (door.connections() > 0 || !sessions.list().isEmpty()) {
                idle.set(now);
            } else if (now - idle.get() >= limit.toNanos()) {
                requestStop("no client for " + limit.toSeconds() + " s");
            }
        });
    }

    /**
     * Stops: accepts nothing more, answers new requests on open connections with 503, cancels what runs, tears all
     * sessions down, closes the connections and then the parts. Takes {@code deadline} for the sessions at most.
     */
    public void close(Duration deadline) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        requestStop("closed");
        door.stopAccepting();
        try {
            if (!sessions.close(deadline)) {
                LOG.log(System.Logger.Level.WARNING, "sessions did not end within {0} s", deadline.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        door.close();
        grpc.close();
        loops.close();
        var parts = new Parts("the server");
        owned.forEach(part -> parts.addOrRun(part.getClass().getSimpleName(), part));
        parts.release().forEach(parts::run);
    }

    @Override
    public void close() {
        close(DRAIN);
    }
}
