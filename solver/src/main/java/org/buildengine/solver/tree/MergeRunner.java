package org.buildengine.solver.tree;

import java.io.IOException;
import java.util.List;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.MergeOp;

/** Merging is stacking. */
public final class MergeRunner implements OpRunner<MergeOp> {
    private final Snapshotter snapshotter;

    public MergeRunner(Snapshotter snapshotter) {
        this.snapshotter = snapshotter;
    }

    @Override
    public Output run(MergeOp op, List<Snapshot> inputs, Run run) throws IOException {
        return Output.of(snapshotter.stack(inputs));
    }
}
