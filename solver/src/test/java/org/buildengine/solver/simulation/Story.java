package org.buildengine.solver.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;

/**
 * A listener that wants to hear a story that makes sense: nothing ends that has not begun, nothing begins twice,
 * all ends, and be it with the job.
 */
final class Story implements JobListener {
    private final String job;
    private final Chaos chaos;
    private final Judge judge;
    private final Map<Digest, Integer> running = new HashMap<>();

    Story(String job, Chaos chaos, Judge judge) {
        this.job = job;
        this.chaos = chaos;
        this.judge = judge;
    }

    @Override
    public void cached(Vertex vertex, long result) {
        Strand.pause();
        chaos.maybeFailListener();
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        Strand.pause();
        if (running.merge(vertex.demanded(), 1, Integer::sum) > 1 && vertex.reach() == Reuse.Reach.ENGINE) {
            judge.violated("P2", job + " heard twice that " + vertex + " began");
        }
        chaos.maybeFailListener();
    }

    @Override
    public void output(Vertex vertex, OutputPiece piece) {
        Strand.pause();
        chaos.maybeFailListener();
    }

    @Override
    public void finished(Vertex vertex, Duration took) {
        ended(vertex);
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        ended(vertex);
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        ended(vertex);
    }

    @Override
    public void left(Vertex vertex, Duration after) {
        ended(vertex);
    }

    /** Nothing more will be told. */
    void over() {
        if (!running.isEmpty()) {
            judge.violated("P2", job + " never heard the end of " + running.size() + " runs");
        }
    }

    private void ended(Vertex vertex) {
        Strand.pause();
        if (!running.containsKey(vertex.demanded())) {
            judge.violated("P2", job + " heard the end of " + vertex + " before its beginning");
        }
        running.computeIfPresent(vertex.demanded(), (_, runs) -> runs > 1 ? runs - 1 : null);
        chaos.maybeFailListener();
    }
}
