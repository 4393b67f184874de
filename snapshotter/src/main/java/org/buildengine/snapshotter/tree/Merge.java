package org.buildengine.snapshotter.tree;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.buildengine.snapshotter.Node;
import org.jspecify.annotations.Nullable;

/**
 * How layers become one tree: for each name the highest layer wins; directories of several layers are one until the
 * first that is opaque, hidden by a whiteout, or no directory. The same rules as the kernel's overlay.
 */
final class Merge {
    private static final LayerView EMPTY = LayerIndex.empty();

    private Merge() {}

    /**
     * One node of the merged tree.
     *
     * @param view the layer that it is from
     * @param node its number there
     * @param directory its merged contents, if it is a directory
     */
    record Found(LayerView view, int node, @Nullable Directory directory) {
        Node toNode(String path) {
            return view.table().node(node, path);
        }
    }

    /** A directory with the layers that take part in it, the highest first. */
    static final class Directory {
        private final List<LayerView> views;
        private final int[] nodes;

        private Directory(List<LayerView> views, int[] nodes) {
            this.views = views;
            this.nodes = nodes;
        }

        LayerView view() {
            return views.getFirst();
        }

        int node() {
            return nodes[0];
        }

        /** Whether one layer alone says what is in it. */
        boolean ofOneLayer() {
            return nodes.length == 1;
        }

        @Nullable
        Found child(byte[] name) {
            var group = new Group();
            for (int i = 0; i < nodes.length; i++) {
                LayerView view = views.get(i);
                int node = view.child(nodes[i], name);
                if (node != LayerView.NONE && !group.take(view, node)) {
                    break;
                }
            }
            return group.found();
        }

        List<Found> children() {
            return ofOneLayer() ? single() : merged();
        }

        private List<Found> single() {
            LayerView view = view();
            int[] children = view.children(node());
            var found = new ArrayList<Found>(children.length);
            for (int child : children) {
                if (!view.table().isWhiteout(child)) {
                    boolean directory = view.table().isDirectory(child);
                    found.add(
                            new Found(view, child, directory ? new Directory(List.of(view), new int[] {child}) : null));
                }
            }
            return found;
        }

        private List<Found> merged() {
            var heads = new PriorityQueue<Head>(nodes.length, Head.ORDER);
            for (int i = 0; i < nodes.length; i++) {
                int[] children = views.get(i).children(nodes[i]);
                if (children.length > 0) {
                    heads.add(new Head(i, views.get(i), children));
                }
            }
            var found = new ArrayList<Found>();
            while (!heads.isEmpty()) {
                Found next = mergeNext(heads);
                if (next != null) {
                    found.add(next);
                }
            }
            return found;
        }

        private static @Nullable Found mergeNext(PriorityQueue<Head> heads) {
            var group = new Group();
            Head top = heads.remove();
            LayerView topView = top.view;
            int topNode = top.node();
            boolean open = group.take(topView, topNode);
            advance(heads, top);
            while (!heads.isEmpty()) {
                Head head = heads.element();
                if (head.view.table().compareNames(head.node(), topView.table(), topNode) != 0) {
                    break;
                }
                heads.remove();
                open = open && group.take(head.view, head.node());
                advance(heads, head);
            }
            return group.found();
        }

        private static void advance(PriorityQueue<Head> heads, Head head) {
            if (++head.at < head.children.length) {
                heads.add(head);
            }
        }
    }

    /** The nodes of one name, taken from the highest layer down. */
    private static final class Group {
        private final List<LayerView> views = new ArrayList<>(2);
        private final List<Integer> nodes = new ArrayList<>(2);
        private @Nullable Found leaf;

        /** Whether lower layers can still take part. */
        boolean take(LayerView view, int node) {
            NodeTable table = view.table();
            if (table.isDirectory(node)) {
                views.add(view);
                nodes.add(node);
                return !table.has(node, NodeTable.OPAQUE);
            }
            if (views.isEmpty() && !table.isWhiteout(node)) {
                leaf = new Found(view, node, null);
            }
            return false;
        }

        @Nullable
        Found found() {
            if (views.isEmpty()) {
                return leaf;
            }
            var directory = new Directory(
                    views, nodes.stream().mapToInt(Integer::intValue).toArray());
            return new Found(directory.view(), directory.node(), directory);
        }
    }

    private static final class Head {
        static final Comparator<Head> ORDER = (a, b) -> {
            int order = a.view.table().compareNames(a.node(), b.view.table(), b.node());
            return order != 0 ? order : Integer.compare(a.rank, b.rank);
        };

        private final int rank;
        private final LayerView view;
        private final int[] children;
        private int at;

        Head(int rank, LayerView view, int[] children) {
            this.rank = rank;
            this.view = view;
            this.children = children;
        }

        int node() {
            return children[at];
        }
    }

    /** The root of a stack of layers, the highest first. */
    static Found root(List<? extends LayerView> topFirst) {
        var group = new Group();
        for (LayerView view : topFirst) {
            if (!group.take(view, LayerView.ROOT)) {
                break;
            }
        }
        Found found = group.found();
        if (found != null) {
            return found;
        }
        return new Found(EMPTY, LayerView.ROOT, new Directory(List.of(EMPTY), new int[] {LayerView.ROOT}));
    }
}
