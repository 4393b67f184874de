package org.buildengine.solver.evidence;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/**
 * Hears what is decided about the steps of one build, by however many jobs. Closing it ends the build. Safe for use by several
 * threads.
 */
public final class BuildLog implements JobListener, AutoCloseable {
    private final BuildHistory history;
    private final long number;
    private final String id;
    private final EventLog events;
    private final InstantSource clock;
    private final Supplier<Cancellation> whyEnded;
    private final Instant started;

    /** Touched by the thread of the history only. */
    private @Nullable BuildState state;

    BuildLog(
            BuildHistory history,
            long number,
            String id,
            EventLog events,
            InstantSource clock,
            Supplier<Cancellation> whyEnded) {
        this.history = history;
        this.number = number;
        this.id = id;
        this.events = events;
        this.clock = clock;
        this.whyEnded = whyEnded;
        this.started = clock.instant();
    }

    Instant started() {
        return started;
    }

    private interface Note {
        void write(BuildState build, Instant at) throws IOException;
    }

    private void note(Note note) {
        Instant at = clock.instant();
        history.later(() -> {
            if (state == null) {
                state = history.register(number, id, started);
            }
            note.write(state, at);
        });
    }

    @Override
    public void remembered(Vertex vertex, Lookup how, long result) {
        note((build, at) -> history.remembered(build, at, vertex, how, result));
    }

    @Override
    public void missed(Vertex vertex, Miss miss) {
        miss.claim(id, events);
        note((build, at) -> history.missed(build, at, vertex, miss));
    }

    @Override
    public void finished(Vertex vertex, Miss run, long result, Duration took) {
        note((build, at) -> history.ends().succeeded(build, at, vertex.recipe(), run, result, took));
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        note((build, at) -> history.ends().failed(build, at, vertex.recipe(), took));
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        note((build, at) -> history.ends().cancelled(build, at, vertex.recipe(), took, Cancellation.NOT_NEEDED));
    }

    @Override
    public void left(Vertex vertex, Duration after) {
        Cancellation ending = whyEnded.get();
        Cancellation cause = ending == Cancellation.UNKNOWN ? Cancellation.CLIENT_LEFT : ending;
        note((build, at) -> history.ends().left(build, at, vertex.recipe(), after, cause));
    }

    @Override
    public void close() {
        Instant at = clock.instant();
        events.close();
        history.last(() -> {
            if (state != null) {
                history.ended(state, at);
            } else {
                history.forget(number);
            }
        });
    }
}
