package org.buildengine.solver.node;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.buildengine.snapshotter.Owner;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.events.RunLog;
import org.buildengine.solver.op.Vertex;

/** A run as its runner sees it. */
record NodeRun(Node node, Owner owner, Instant started, RunLog log) implements OpRunner.Run {
    @Override
    public Vertex vertex() {
        return node.vertex();
    }

    @Override
    public boolean cancelled() {
        return node.cancellation().isDone();
    }

    @Override
    public void onCancel(Runnable action) {
        CompletableFuture<Void> _ = node.cancellation().thenRun(action);
    }

    @Override
    public void output(int stream, byte[] bytes) {
        log.add(stream, bytes).forEach(node::printed);
    }

    /** Passes on what is left of the output. */
    void finishOutput() {
        log.finish().forEach(node::printed);
    }

    @Override
    public <T> Optional<T> find(Class<T> type) {
        // for whom it runs comes before those who only joined
        return node.audience().jobs().stream()
                .filter(DemandJob::isOpen)
                .sorted(Comparator.comparing(job -> !node.circle().includes(job.circle(), node.vertex())))
                .flatMap(job -> job.scope().find(type).stream())
                .findFirst();
    }
}
