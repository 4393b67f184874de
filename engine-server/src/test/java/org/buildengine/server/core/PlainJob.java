package org.buildengine.server.core;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.server.file.DiffOpRunner;
import org.buildengine.server.file.FileOpRunner;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Job;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.DiffOp;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;

/** Runs what is demanded, one after another, and remembers it; knows trees, edits and differences. */
public final class PlainJob implements Job {
    private final Snapshotter snapshotter;
    private final Map<Vertex, StoredResult> results = new ConcurrentHashMap<>();

    public PlainJob(Snapshotter snapshotter) {
        this.snapshotter = snapshotter;
    }

    @Override
    public synchronized StoredResult demand(Vertex vertex) throws SolveException {
        StoredResult known = results.get(vertex);
        if (known != null) {
            return known;
        }
        var inputs = new ArrayList<Snapshot>();
        for (var input : vertex.inputs()) {
            inputs.add(demand(input.vertex()).outputs().get(input.output()));
        }
        OpRunner.Output output;
        try {
            output = run(vertex, inputs);
        } catch (Exception e) {
            throw new SolveException(SolveException.Kind.FAILED, vertex, String.valueOf(e.getMessage()), e);
        }
        var result = new StoredResult(
                results.size() + 1,
                vertex.recipe(),
                output.outputs(),
                output.facts(),
                Set.of(),
                Instant.EPOCH,
                java.time.Duration.ZERO,
                Origin.UNKNOWN);
        results.put(vertex, result);
        return result;
    }

    private OpRunner.Output run(Vertex vertex, List<Snapshot> inputs) throws Exception {
        return switch (vertex.op()) {
            case TreeOp tree -> OpRunner.Output.of(tree.snapshot());
            case FileOp file -> new FileOpRunner(snapshotter).run(file, inputs, new Run(vertex));
            case DiffOp diff -> new DiffOpRunner(snapshotter).run(diff, inputs, new Run(vertex));
            default -> throw new IllegalStateException("cannot run here: " + vertex);
        };
    }

    @Override
    public void close() {}

    /** A run that nobody cancels. */
    private record Run(Vertex vertex) implements OpRunner.Run {
        @Override
        public Owner owner() {
            return Owner.NONE;
        }

        @Override
        public Instant started() {
            return Instant.ofEpochSecond(1_800_000_000);
        }

        @Override
        public boolean cancelled() {
            return false;
        }

        @Override
        public void onCancel(Runnable action) {}

        @Override
        public void output(int stream, byte[] bytes) {}

        @Override
        public StoredResult demand(Vertex nested) {
            throw new UnsupportedOperationException("no build runs here: " + nested);
        }

        @Override
        public <T> List<T> offers(Class<T> type) {
            return List.of();
        }
    }
}
