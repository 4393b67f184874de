package org.buildengine.solver.node;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.RunLog;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.Vertex;

/** A run as its runner sees it. */
record NodeRun(Node node, NodeSolver solver, Owner owner, Instant started, RunLog log) implements OpRunner.Run {
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
    public StoredResult demand(Vertex vertex) throws SolveException, InterruptedException {
        if (!(vertex().op() instanceof BuildOp)) {
            throw new IllegalStateException("only builds may demand further steps, not " + vertex() + ": " + vertex);
        }
        try (Demand demand = solver.demand(vertex, node.audience(), node.circle())) {
            Node nested = demand.node();
            node.workedOnBy(List.of(nested));
            // whoever joined between the two lines above is passed on now
            nested.listen(node.audience());
            StoredResult result = answer(nested);
            owner.hold(result.id());
            return result;
        } finally {
            node.workedOnBy(List.of());
        }
    }

    private StoredResult answer(Node nested) throws SolveException, InterruptedException {
        try {
            Object _ = CompletableFuture.anyOf(node.cancellation(), nested.result())
                    .get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SolveException failure) {
                throw failure;
            }
            throw new IllegalStateException("a node ended in an unknown way: " + nested.vertex(), e);
        }
        if (cancelled()) {
            throw new SolveException(
                    SolveException.Kind.CANCELLED, vertex(), vertex().op().describe() + ": cancelled", null);
        }
        return nested.result().join();
    }

    @Override
    public <T> List<T> offers(Class<T> type) {
        // for whom it runs comes before those who only joined
        return node.audience().jobs().stream()
                .filter(DemandJob::isOpen)
                .sorted(Comparator.comparing(job -> !node.circle().includes(job.circle(), node.vertex())))
                .flatMap(job -> job.scope().find(type).stream())
                .distinct()
                .toList();
    }
}
