package org.buildengine.solver.node;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.Vertex;

/**
 * Passes everything on to a listener and outlives its failures: a node is shared, and what one job's listener throws must
 * not end the work of others, nor leave it without an end. Safe for use by several threads.
 */
record GuardedListener(String job, JobListener listener) implements JobListener {
    private static final System.Logger LOG = System.getLogger(GuardedListener.class.getName());

    @Override
    public void cached(Vertex vertex, long result) {
        guarded(() -> listener.cached(vertex, result));
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        guarded(() -> listener.started(vertex, at));
    }

    @Override
    public void remembered(Vertex vertex, Lookup how, long result) {
        guarded(() -> listener.remembered(vertex, how, result));
    }

    @Override
    public void missed(Vertex vertex, Miss miss) {
        guarded(() -> listener.missed(vertex, miss));
    }

    @Override
    public void output(Vertex vertex, OutputPiece piece) {
        guarded(() -> listener.output(vertex, piece));
    }

    @Override
    public void lost(Vertex vertex, long bytes) {
        guarded(() -> listener.lost(vertex, bytes));
    }

    @Override
    public void finished(Vertex vertex, Miss run, long result, Duration took) {
        guarded(() -> listener.finished(vertex, run, result, took));
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        guarded(() -> listener.failed(vertex, failure, took));
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        guarded(() -> listener.cancelled(vertex, took));
    }

    @Override
    public void left(Vertex vertex, Duration after) {
        guarded(() -> listener.left(vertex, after));
    }

    private void guarded(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "the listener of " + job + " failed and missed something", e);
        }
    }
}
