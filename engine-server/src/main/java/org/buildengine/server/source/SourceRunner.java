package org.buildengine.server.source;

import java.util.List;
import java.util.Map;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.SourceOp;

/** Hands each source operation to the source of its scheme. Immutable. */
public final class SourceRunner implements OpRunner<SourceOp> {
    private final Map<String, OpRunner<SourceOp>> sources;

    /** Takes the sources by scheme. */
    public SourceRunner(Map<String, OpRunner<SourceOp>> sources) {
        this.sources = Map.copyOf(sources);
    }

    @Override
    public Output run(SourceOp op, List<Snapshot> inputs, Run run) throws Exception {
        OpRunner<SourceOp> source = sources.get(op.scheme());
        if (source == null) {
            throw new IllegalArgumentException("this engine has no source for \"" + op.scheme() + "\", only for "
                    + String.join(", ", sources.keySet().stream().sorted().toList()));
        }
        return source.run(op, inputs, run);
    }
}
