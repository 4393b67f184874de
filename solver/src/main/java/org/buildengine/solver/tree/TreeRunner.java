package org.buildengine.solver.tree;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.TreeOp;

/** A tree that is here already: the operation holds it, its content is its identity. */
public final class TreeRunner implements OpRunner<TreeOp> {
    @Override
    public Output run(TreeOp op, List<Snapshot> inputs, Run run) {
        return new Output(List.of(op.snapshot()), Optional.of(op.content()), Map.of(), Set.of());
    }
}
