package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.tree.Names;

/** Takes nodes of a tree over into a layer. */
final class NodeCopy {
    private NodeCopy() {}

    /** Writes {@code node} of {@code source} at {@code path}; of a directory only itself. */
    static void write(LayerWriter writer, String path, Attributes attributes, Tree source, Node node)
            throws IOException {
        switch (node.type()) {
            case DIRECTORY -> writer.directory(path, attributes);
            case FILE -> writer.copy(path, attributes, source, node);
            case SYMLINK -> writer.symlink(path, attributes, node.linkTarget().orElseThrow());
            default -> writer.special(path, attributes, node.type(), node.deviceMajor(), node.deviceMinor());
        }
    }

    static Snapshot subtree(DiskLayers layers, Tree tree, String path) throws IOException {
        String clean = Names.clean(path);
        if (clean.isEmpty()) {
            return tree.snapshot();
        }
        Node root = tree.find(clean).orElseThrow(() -> new TreeException(TreeException.Code.NOT_FOUND, path));
        if (!root.isDirectory()) {
            throw new TreeException(TreeException.Code.NOT_A_DIRECTORY, path);
        }
        try (DraftLayer writer = layers.draft("the directory /" + clean)) {
            writer.directory("", root.attributes());
            var links = new Links(tree);
            tree.walk(clean, PathFilter.ALL, node -> {
                String place = node.path().substring(clean.length() + 1);
                Optional<String> first = links.firstPlace(node, place);
                if (first.isPresent()) {
                    writer.hardlink(place, first.get());
                } else {
                    write(writer, place, node.attributes(), tree, node);
                }
            });
            return writer.seal().on(Snapshot.EMPTY);
        }
    }

    /** Knows where a copy has nodes that have several names. */
    @FunctionalInterface
    interface OtherNames {
        /** Where the copy has another name of {@code node}, which is about to be put at {@code place}; empty if nowhere. */
        Optional<String> of(Node node, String place);
    }

    /** The names under which one copy has written the files of a tree, to make hard links of files with several. */
    static final class Links {
        private final Tree tree;
        private final Map<Object, String> places = new HashMap<>();

        Links(Tree tree) {
            this.tree = tree;
        }

        /** Where the copy has another name of {@code node} already; if nowhere, {@code place} is remembered. */
        Optional<String> firstPlace(Node node, String place) {
            return tree.linkIdentity(node).map(identity -> places.putIfAbsent(identity, place));
        }

        /** Where the copy has a name of {@code node}, if anywhere. */
        Optional<String> place(Node node) {
            return tree.linkIdentity(node).map(places::get);
        }
    }

    /** Whether two nodes are the same in everything that is kept, path aside. */
    static boolean same(Node a, Node b) {
        return a.type() == b.type()
                && a.size() == b.size()
                && a.linkTarget().equals(b.linkTarget())
                && a.content().equals(b.content())
                && a.deviceMajor() == b.deviceMajor()
                && a.deviceMinor() == b.deviceMinor()
                && sameMetadata(a.attributes(), b.attributes());
    }

    static boolean sameMetadata(Attributes a, Attributes b) {
        return a.mode() == b.mode()
                && a.uid() == b.uid()
                && a.gid() == b.gid()
                && a.mtimeNanos() == b.mtimeNanos()
                && a.xattrs().keySet().equals(b.xattrs().keySet())
                && a.xattrs().entrySet().stream()
                        .allMatch(entry ->
                                Arrays.equals(entry.getValue(), b.xattrs().get(entry.getKey())));
    }
}
