package org.buildengine.solver.tree;

import java.util.List;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.MergeOp;

/** Merging is stacking. */
public final class MergeRunner implements OpRunner<MergeOp> {
    @Override
    public Output run(MergeOp op, List<Snapshot> inputs, Run run) {
        return Output.of(inputs.stream().reduce(Snapshot.EMPTY, Snapshot::plus));
    }
}
