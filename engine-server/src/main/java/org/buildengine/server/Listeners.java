package org.buildengine.server;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.Vertex;

/** Listeners that hear the same, one after the other. */
record Listeners(List<JobListener> all) implements JobListener {
    @Override
    public void cached(Vertex vertex, long result) {
        all.forEach(each -> each.cached(vertex, result));
    }

    @Override
    public void remembered(Vertex vertex, Lookup how, long result) {
        all.forEach(each -> each.remembered(vertex, how, result));
    }

    @Override
    public void missed(Vertex vertex, Miss miss) {
        all.forEach(each -> each.missed(vertex, miss));
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        all.forEach(each -> each.started(vertex, at));
    }

    @Override
    public void output(Vertex vertex, OutputPiece piece) {
        all.forEach(each -> each.output(vertex, piece));
    }

    @Override
    public void lost(Vertex vertex, long bytes) {
        all.forEach(each -> each.lost(vertex, bytes));
    }

    @Override
    public void finished(Vertex vertex, Duration took) {
        all.forEach(each -> each.finished(vertex, took));
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        all.forEach(each -> each.failed(vertex, failure, took));
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        all.forEach(each -> each.cancelled(vertex, took));
    }

    @Override
    public void left(Vertex vertex, Duration after) {
        all.forEach(each -> each.left(vertex, after));
    }
}
