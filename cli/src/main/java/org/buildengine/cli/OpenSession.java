package org.buildengine.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.buildengine.cli.display.Displays;
import org.buildengine.cli.display.ProgramOutput;
import org.buildengine.cli.display.StandardStreams;
import org.buildengine.client.Attacher;
import org.buildengine.client.ClientIdentity;
import org.buildengine.client.ClientThread;
import org.buildengine.client.EngineSession;
import org.buildengine.client.SessionOptions;
import org.buildengine.client.TraceContext;
import org.buildengine.client.progress.ProgressDisplay;
import org.buildengine.client.telemetry.TelemetryListener;
import org.buildengine.session.ClientMetadata;

/**
 * A session that opens in the background, its progress on standard error, and the engine that it works with. Closing waits
 * for the opening, ends the session, prints the summary, and gives the engine up; the second time it does nothing.
 */
final class OpenSession implements AutoCloseable {
    private final EngineChoice engine;
    private final Optional<ProgressDisplay> display;
    private final TraceContext trace;
    private final CompletableFuture<EngineSession> session = new CompletableFuture<>();
    private boolean closed;

    private OpenSession(EngineChoice engine, Optional<ProgressDisplay> display, TraceContext trace) {
        this.engine = engine;
        this.display = display;
        this.trace = trace;
    }

    /**
     * Begins to open a session.
     *
     * @param engine the engine to work with
     * @param display what shows progress
     * @param offer what the engine may have of this machine
     * @param version the version of the API that the client speaks
     * @return the session to be
     */
    static OpenSession begin(EngineChoice engine, Optional<ProgressDisplay> display, Attacher offer, String version) {
        Map<String, String> environment = System.getenv();
        OpenSession open = new OpenSession(engine, display, TraceContext.from(environment));
        ClientMetadata identity = ClientIdentity.create(
                StableId.of(environment),
                version,
                Map.of("dagger.io/client.os", "linux", "dagger.io/client.version", version));
        SessionOptions how = new SessionOptions(
                identity,
                open.trace,
                offer,
                open.display.map(ProgressDisplay::listener).orElseGet(TelemetryListener::ignoring),
                SessionOptions.OPEN_TIMEOUT,
                SessionOptions.SHUTDOWN_TIMEOUT);
        ClientThread.start("session", () -> open.connect(how));
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

    /** How a program has to be started that prints to the terminal on which progress is drawn; empty if it may as it likes. */
    Optional<ProgramOutput> programOutput() {
        return display.flatMap(Displays::output);
    }

    /** Says something about the command itself on standard error, where progress leaves room for it. */
    void say(String text) {
        if (programOutput().isPresent()) {
            display.orElseThrow().print(List.of(text));
        } else {
            System.err.println(text);
        }
    }

    /** Prints what was asked for on standard output, where progress leaves room for it. */
    void answer(String text) {
        if (programOutput().isPresent() && StandardStreams.outputIsTheDisplay()) {
            display.orElseThrow().print(text.lines().toList());
        } else {
            System.out.writeBytes((text + "\n").getBytes(StandardCharsets.UTF_8));
            System.out.flush();
        }
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
        }
        display.ifPresent(ProgressDisplay::finish);
        engine.close();
    }
}
