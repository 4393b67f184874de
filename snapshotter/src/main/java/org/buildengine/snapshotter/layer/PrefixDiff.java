package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.Optional;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.tree.MergedTree;

/**
 * The difference between a tree and one that has more layers on top of all of its own: those layers, if they show just
 * what is new or different. They may also show what they wrote as it was, and directories in which nothing is left.
 */
final class PrefixDiff {
    private final Tree lower;
    private final Tree added;

    private PrefixDiff(Tree lower, Tree added) {
        this.lower = lower;
        this.added = added;
    }

    /** The layers that a tree has on top of all those of another, if it has those. */
    static Optional<Snapshot> above(Tree lower, Tree upper) {
        if (!(lower instanceof MergedTree from) || !(upper instanceof MergedTree to)) {
            return Optional.empty();
        }
        return to.above(from).flatMap(DiskLayers::stored).map(Snapshot::new);
    }

    /** The layers, or empty if the difference has to be written as a layer of its own. */
    static Optional<Snapshot> of(DiskLayers layers, Tree lower, Tree upper) throws IOException {
        Optional<Snapshot> above = above(lower, upper);
        if (above.isEmpty()) {
            return Optional.empty();
        }
        boolean exact = new PrefixDiff(lower, layers.tree(above.get())).onlyNews("");
        return exact ? above : Optional.empty();
    }

    private boolean onlyNews(String directory) throws IOException {
        for (Node node : added.list(directory)) {
            Optional<Node> before = lower.find(node.path());
            boolean news = before.isEmpty() || !NodeCopy.same(before.get(), node);
            boolean onTheWay = node.isDirectory() && !added.list(node.path()).isEmpty();
            if (!(news || onTheWay) || (node.isDirectory() && !onlyNews(node.path()))) {
                return false;
            }
        }
        return true;
    }
}
