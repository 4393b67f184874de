package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * Layers that lie one on the other written as a single one, which can stand in their place: what they show, and what
 * they hide of whatever lies below. Used once, by one thread.
 */
final class FlatLayer {
    private final DraftLayer writer;

    /** One of the layers; its links, so that names of one file stay names of one file. */
    private record Source(DiskLayers.StoredView view, Tree tree, NodeCopy.Links links) {}

    private record Part(Source source, int node) {
        NodeTable table() {
            return source.view().table();
        }

        boolean isDirectory() {
            return table().isDirectory(node);
        }
    }

    private FlatLayer(DraftLayer writer) {
        this.writer = writer;
    }

    static void write(DiskLayers layers, List<LayerId> lowestFirst, DraftLayer writer) throws IOException {
        var roots = new ArrayList<Part>();
        for (LayerId id : lowestFirst.reversed()) {
            Tree tree = layers.tree(Snapshot.EMPTY.plus(id));
            roots.add(new Part(new Source(layers.view(id), tree, new NodeCopy.Links(tree)), LayerView.ROOT));
        }
        new FlatLayer(writer).directory("", roots);
        writer.seal();
    }

    /** Writes what has one name, the part of the highest layer first. */
    private void node(String path, List<Part> topFirst) throws IOException {
        Part top = topFirst.getFirst();
        if (top.isDirectory()) {
            directory(path, topFirst);
        } else if (top.table().isWhiteout(top.node())) {
            writer.whiteout(path);
        } else {
            leaf(path, top);
        }
    }

    private void leaf(String path, Part part) throws IOException {
        Source source = part.source();
        var node = part.table().node(part.node(), path);
        Optional<String> first = source.links().firstPlace(node, path);
        if (first.isPresent()) {
            writer.hardlink(path, first.get());
        } else {
            NodeCopy.write(writer, path, node.attributes(), source.tree(), node);
        }
    }

    private void directory(String path, List<Part> topFirst) throws IOException {
        Part top = topFirst.getFirst();
        writer.directory(path, top.table().attributes(top.node()));
        Map<String, List<Part>> children = new TreeMap<>();
        for (Part part : topFirst) {
            if (!part.isDirectory()) {
                writer.opaque(path);
                break;
            }
            for (int child : part.source().view().children(part.node())) {
                children.computeIfAbsent(part.table().name(child), _ -> new ArrayList<>())
                        .add(new Part(part.source(), child));
            }
            if (part.table().has(part.node(), NodeTable.OPAQUE)) {
                writer.opaque(path);
                break;
            }
        }
        for (var child : children.entrySet()) {
            node(Names.join(path, child.getKey()), child.getValue());
        }
    }
}
