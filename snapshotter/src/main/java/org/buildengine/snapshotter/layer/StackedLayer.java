package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeEditor.CopyOptions;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * A layer over others whose implied directories ({@link NodeTable#TRANSIT}), and those that it only copied from what it
 * was made over ({@link NodeTable#COPIED}), are made what they are below.
 *
 * <p>Layers are written from streams, at once and before anyone knows what they will lie on; each implied directory is
 * therefore kept as root's with mode 0755, and overlay shows the attributes of the highest layer. Unpacking archives in
 * turn instead leaves a directory that exists as it is, and goes through a link that stands in its place. The two differ
 * for few layers: those get another small layer on top, with the directories as they were, the links, and what the
 * layer has below the names of links at the place where they lead. Times of directories alone are no reason for it,
 * since unpacking changes them too.
 *
 * <p>Used once, by one thread.
 */
final class StackedLayer {
    private final LayerView view;
    private final NodeTable table;
    private final Tree own;
    private final Tree below;
    private final LayerEditor editor;
    private final NodeCopy.Links links;

    private StackedLayer(LayerView view, Tree own, Tree below, LayerEditor editor) {
        this.view = view;
        this.table = view.table();
        this.own = own;
        this.below = below;
        this.editor = editor;
        this.links = new NodeCopy.Links(own);
    }

    /** {@code base} with {@code layer} on top, and with a layer that sets its implied directories right if they are not. */
    static Snapshot stack(DiskLayers layers, Snapshot base, LayerId layer) throws IOException {
        Snapshot stacked = base.plus(layer);
        LayerView view = layers.view(layer);
        if (base.layers().isEmpty() || !hasDirectoriesOnTheWay(view.table())) {
            return stacked;
        }
        Tree own = layers.tree(Snapshot.EMPTY.plus(layer));
        try (var editor = new LayerEditor(layers, stacked)) {
            new StackedLayer(view, own, layers.tree(base), editor).directory(LayerView.ROOT, "");
            return editor.commit();
        }
    }

    private static boolean hasDirectoriesOnTheWay(NodeTable table) {
        for (int node = 0; node < table.count(); node++) {
            if (isOnTheWay(table, node)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOnTheWay(NodeTable table, int node) {
        return table.has(node, NodeTable.TRANSIT) || table.has(node, NodeTable.COPIED);
    }

    private void directory(int directory, String path) throws IOException {
        Optional<Node> before = isOnTheWay(table, directory) ? below.find(path) : Optional.empty();
        if (before.filter(Node::isSymlink).isPresent()) {
            editor.remove(path);
            put(path, below, before.get());
            graftThroughLink(directory, path, path);
            return;
        }
        if (before.filter(Node::isDirectory).isPresent() && differs(directory, before.get())) {
            put(path, below, before.get());
        }
        if (table.has(directory, NodeTable.OPAQUE)) {
            return; // nothing below can be seen in here
        }
        for (int child : view.children(directory)) {
            if (table.isDirectory(child)) {
                directory(child, Names.join(path, table.name(child)));
            }
        }
    }

    private boolean differs(int directory, Node before) {
        Attributes attributes = before.attributes();
        return !NodeCopy.sameMetadata(table.attributes(directory).withMtime(attributes.mtimeNanos()), attributes);
    }

    private void put(String path, Tree source, Node node) throws IOException {
        editor.place(path, source, node, CopyOptions.PLAIN, links);
    }

    /** Repeats what the layer has at {@code path} at another place, over what is there. */
    private void graft(int directory, String path, String place) throws IOException {
        Optional<Node> there = editor.tree().find(place);
        boolean exists = there.filter(Node::isDirectory).isPresent();
        if (there.isPresent() && !exists && onlyHides(directory)) {
            return;
        }
        if (there.isPresent() && !exists) {
            editor.remove(place);
        }
        if (!exists || !isOnTheWay(table, directory)) {
            put(place, own, node(path));
        }
        if (table.has(directory, NodeTable.OPAQUE)) {
            hideBelow(place);
        }
        for (int child : view.children(directory)) {
            String name = table.name(child);
            graftChild(child, Names.join(path, name), Names.join(place, name));
        }
    }

    private void graftThroughLink(int directory, String path, String link) throws IOException {
        String place = editor.tree().resolveForWriting(link, true);
        if (editor.tree().find(place).isPresent() || !onlyHides(directory)) {
            graft(directory, path, place);
        }
    }

    /** Whether there is nothing but whiteouts below a directory that is only on the way to them. */
    private boolean onlyHides(int directory) {
        if (!isOnTheWay(table, directory)) {
            return false;
        }
        for (int child : view.children(directory)) {
            boolean hides = table.isWhiteout(child) || (table.isDirectory(child) && onlyHides(child));
            if (!hides) {
                return false;
            }
        }
        return true;
    }

    /** Removes what is at a place, but nothing that the layer itself has there. */
    private void hide(String place) throws IOException {
        Optional<Node> kept = own.find(place);
        if (kept.isEmpty()) {
            editor.remove(place);
        } else if (kept.get().isDirectory()) {
            hideBelow(place);
        }
    }

    private void hideBelow(String place) throws IOException {
        for (Node below : editor.tree().list(place)) {
            hide(below.path());
        }
    }

    private void graftChild(int child, String path, String place) throws IOException {
        Optional<Node> there = editor.tree().find(place);
        if (table.isWhiteout(child)) {
            hide(place);
        } else if (table.isDirectory(child)) {
            boolean follow =
                    isOnTheWay(table, child) && there.filter(Node::isSymlink).isPresent();
            if (follow) {
                graftThroughLink(child, path, place);
            } else {
                graft(child, path, place);
            }
        } else {
            if (there.filter(Node::isDirectory).isPresent()) {
                editor.remove(place);
            }
            put(place, own, node(path));
        }
    }

    private Node node(String path) throws TreeException {
        return own.find(path).orElseThrow(() -> new TreeException(TreeException.Code.NOT_FOUND, path));
    }
}
