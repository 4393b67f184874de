package org.buildengine.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/** Listeners that hear the same, one after the other; each hears it, although another one fails. */
record Listeners(List<JobListener> all) implements JobListener {
    @Override
    public void cached(Vertex vertex, long result) {
        each(listener -> listener.cached(vertex, result));
    }

    @Override
    public void remembered(Vertex vertex, Lookup how, long result) {
        each(listener -> listener.remembered(vertex, how, result));
    }

    @Override
    public void missed(Vertex vertex, Miss miss) {
        each(listener -> listener.missed(vertex, miss));
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        each(listener -> listener.started(vertex, at));
    }

    @Override
    public void output(Vertex vertex, OutputPiece piece) {
        each(listener -> listener.output(vertex, piece));
    }

    @Override
    public void lost(Vertex vertex, long bytes) {
        each(listener -> listener.lost(vertex, bytes));
    }

    @Override
    public void finished(Vertex vertex, Miss run, long result, Duration took) {
        each(listener -> listener.finished(vertex, run, result, took));
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        each(listener -> listener.failed(vertex, failure, took));
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        each(listener -> listener.cancelled(vertex, took));
    }

    @Override
    public void left(Vertex vertex, Duration after) {
        each(listener -> listener.left(vertex, after));
    }

    private void each(Consumer<JobListener> telling) {
        @Nullable Throwable failure = null;
        for (JobListener listener : all) {
            try {
                telling.accept(listener);
            } catch (RuntimeException | Error e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        switch (failure) {
            case RuntimeException exception -> throw exception;
            case Error error -> throw error;
            case null, default -> {}
        }
    }
}
