package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * A layer over others whose implied directories ({@link NodeTable#TRANSIT}), and those that it only copied from what it
 * was made over ({@link NodeTable#COPIED}), are made what they are below.
 *
 * <p>Layers are written from streams, at once and before anyone knows what they will lie on; each implied directory is
 * therefore kept as root's with mode 0755, and overlay shows the attributes of the highest layer. Unpacking archives in
 * turn instead leaves a directory that exists as it is, and goes through a link that stands in its place, as long as no entry
 * for the directory itself has come. The two differ for few layers: those get another small layer on top. Where it is only
 * attributes that differ, it has the directories as they were; times of directories alone are no reason for it, since unpacking
 * changes them too. Where a link is on the way, it has all that makes the tree one that the archive was unpacked into
 * ({@link Replay}).
 *
 * <p>Used once, by one thread.
 */
final class StackedLayer {
    private final LayerView view;
    private final NodeTable table;
    private final int[] earliest;
    private final Tree below;

    private StackedLayer(LayerView view, Tree below) {
        this.view = view;
        this.table = view.table();
        this.earliest = earliest(view);
        this.below = below;
    }

    /** {@code base} with {@code layer} on top, and with a layer that sets its implied directories right if they are not. */
    static Snapshot stack(DiskLayers layers, Snapshot base, LayerId layer) throws IOException {
        Snapshot stacked = base.plus(layer);
        var above = new StackedLayer(layers.view(layer), layers.tree(base));
        if (base.layers().isEmpty() || !above.passesThroughAny()) {
            return stacked;
        }
        if (above.meetsLink(LayerView.ROOT, "")) {
            return unpacked(layers, base, layer);
        }
        try (var editor = new LayerEditor(layers, stacked)) {
            above.attributes(LayerView.ROOT, "", editor);
            return editor.commit();
        }
    }

    private static Snapshot unpacked(DiskLayers layers, Snapshot base, LayerId layer) throws IOException {
        Snapshot stacked = base.plus(layer);
        Tree own = layers.tree(Snapshot.EMPTY.plus(layer));
        try (var editor = new LayerEditor(layers, base, () -> layers.sketch(layer, own));
                DraftLayer writer = layers.draft("what an archive has behind links")) {
            Set<String> made = Replay.run(layers.view(layer), own, editor);
            return TreeDiff.changes(layers.tree(stacked), editor.tree(), made, writer)
                    ? stacked.plus(writer.seal().id())
                    : stacked;
        }
    }

    /** For each directory, when something in it, or what it hides, came first; marks come before everything else. */
    private static int[] earliest(LayerView view) {
        NodeTable table = view.table();
        int[] earliest = new int[table.count()];
        // children have higher numbers than their directory
        for (int node = table.count() - 1; node >= 0; node--) {
            if (table.isDirectory(node)) {
                int first = table.has(node, NodeTable.OPAQUE) ? -1 : Integer.MAX_VALUE;
                for (int child : view.children(node)) {
                    int inside = table.isWhiteout(child) ? -1 : table.order(child);
                    first = Math.min(first, table.isDirectory(child) ? Math.min(inside, earliest[child]) : inside);
                }
                earliest[node] = first;
            }
        }
        return earliest;
    }

    private boolean passesThroughAny() {
        for (int node = 0; node < table.count(); node++) {
            if (table.isDirectory(node) && passesThrough(node)) {
                return true;
            }
        }
        return false;
    }

    /** Whether something was put into a directory, or hidden there, before anybody said what it is. */
    private boolean passesThrough(int directory) {
        return isOnTheWay(table, directory) || earliest[directory] < table.order(directory);
    }

    static boolean isOnTheWay(NodeTable table, int node) {
        return table.has(node, NodeTable.TRANSIT) || table.has(node, NodeTable.COPIED);
    }

    private boolean meetsLink(int directory, String path) throws IOException {
        if (passesThrough(directory) && below.find(path).filter(Node::isSymlink).isPresent()) {
            return true;
        }
        for (int child : view.children(directory)) {
            if (table.isDirectory(child) && meetsLink(child, Names.join(path, table.name(child)))) {
                return true;
            }
        }
        return false;
    }

    private void attributes(int directory, String path, LayerEditor editor) throws IOException {
        Optional<Node> before = isOnTheWay(table, directory) ? below.find(path) : Optional.empty();
        if (before.filter(Node::isDirectory).isPresent() && differs(directory, before.get())) {
            editor.keepDirectory(path, before.get().attributes());
        }
        if (table.has(directory, NodeTable.OPAQUE)) {
            return; // nothing below can be seen in here
        }
        for (int child : view.children(directory)) {
            if (table.isDirectory(child)) {
                attributes(child, Names.join(path, table.name(child)), editor);
            }
        }
    }

    private boolean differs(int directory, Node before) {
        Attributes attributes = before.attributes();
        return !NodeCopy.sameMetadata(table.attributes(directory).withMtime(attributes.mtimeNanos()), attributes);
    }
}
