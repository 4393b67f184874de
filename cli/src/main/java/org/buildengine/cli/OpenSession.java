package org.buildengine.cli;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.buildengine.client.ClientIdentity;
import org.buildengine.client.EngineSession;
import org.buildengine.client.SessionOptions;
import org.buildengine.client.TraceContext;
import org.buildengine.client.progress.PlainProgress;
import org.buildengine.client.telemetry.TelemetryListener;
import org.buildengine.session.ClientMetadata;

/**
 * A session that opens in the background, its progress on standard error, and the engine that it works with. Closing waits
 * for the opening, ends the session, prints the summary, and gives the engine up; the second time it does nothing.
 */
final class OpenSession implements AutoCloseable {
    private final EngineChoice engine;
    private final Optional<PlainProgress> display;
    private final TraceContext trace;
    private final CompletableFuture<EngineSession> session = new CompletableFuture<>();
    private boolean closed;

    private OpenSession(EngineChoice engine, GlobalOptions options, TraceContext trace) {
        this.engine = engine;
        this.display = options.showsProgress() ? Optional.of(options.display()) : Optional.empty();
        this.trace = trace;
    }

    /**
     * Begins to open a session.
     *
     * @param engine the engine to work with
     * @param options what the user asked of every command
     * @param version the version of the API that the client speaks
     * @return the session to be
     */
    static OpenSession begin(EngineChoice engine, GlobalOptions options, String version) {
        Map<String, String> environment = System.getenv();
        OpenSession open = new OpenSession(engine, options, TraceContext.from(environment));
        ClientMetadata identity = ClientIdentity.create(
                StableId.of(environment),
                version,
                Map.of("dagger.io/client.os", "linux", "dagger.io/client.version", version));
        SessionOptions how = new SessionOptions(
                identity,
                open.trace,
                HostAttachments.below(options.workdir()),
                open.display.map(PlainProgress::listener).orElseGet(TelemetryListener::ignoring),
                SessionOptions.SHUTDOWN_TIMEOUT);
        Thread.ofVirtual().name("session").start(() -> open.connect(how));
        return open;
    }

    private void connect(SessionOptions how) {
        try {
            session.complete(EngineSession.open(engine.address(), how));
        } catch (IOException | RuntimeException e) {
            session.completeExceptionally(e);
        }
    }

    /** The session, or the reason why there is none. */
    CompletableFuture<EngineSession> session() {
        return session;
    }

    /** The trace of everything that happens in the session. */
    TraceContext trace() {
        return trace;
    }

    /** Why the session could not be opened; waits until that is known. */
    Optional<Throwable> failure() {
        return session.handle((opened, failure) -> Optional.ofNullable(failure)).join();
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (failure().isEmpty()) {
            session.join().close();
            display.ifPresent(PlainProgress::finish);
        }
        engine.close();
    }
}
