package org.buildengine.server;

import java.time.Duration;
import java.time.Instant;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.Vertex;

/** Two listeners that hear the same, one after the other. */
record Listeners(JobListener first, JobListener second) implements JobListener {
    @Override
    public void cached(Vertex vertex, long result) {
        first.cached(vertex, result);
        second.cached(vertex, result);
    }

    @Override
    public void remembered(Vertex vertex, Lookup how, long result) {
        first.remembered(vertex, how, result);
        second.remembered(vertex, how, result);
    }

    @Override
    public void missed(Vertex vertex, Miss miss) {
        first.missed(vertex, miss);
        second.missed(vertex, miss);
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        first.started(vertex, at);
        second.started(vertex, at);
    }

    @Override
    public void output(Vertex vertex, int stream, byte[] bytes) {
        first.output(vertex, stream, bytes);
        second.output(vertex, stream, bytes);
    }

    @Override
    public void finished(Vertex vertex, Duration took) {
        first.finished(vertex, took);
        second.finished(vertex, took);
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        first.failed(vertex, failure, took);
        second.failed(vertex, failure, took);
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        first.cancelled(vertex, took);
        second.cancelled(vertex, took);
    }
}
