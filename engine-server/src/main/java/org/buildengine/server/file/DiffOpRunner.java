package org.buildengine.server.file;

import java.io.IOException;
import java.util.List;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.op.DiffOp;

/** Runs differences of trees. Safe for use by several threads. */
public final class DiffOpRunner implements OpRunner<DiffOp> {
    private final Snapshotter snapshotter;

    public DiffOpRunner(Snapshotter snapshotter) {
        this.snapshotter = snapshotter;
    }

    @Override
    public Output run(DiffOp op, List<Snapshot> inputs, Run run) throws IOException {
        Tree lower = snapshotter.tree(inputs.get(0));
        Tree upper = snapshotter.tree(inputs.get(1));
        if (op.hiding()) {
            return Output.of(snapshotter.changes(lower, upper));
        }
        return Output.of(snapshotter.diff(lower, real(lower, op.lowerPath()), upper, real(upper, op.upperPath())));
    }

    private static String real(Tree tree, String path) throws IOException {
        return tree.resolve(path, true).map(Node::path).orElse(path);
    }
}
