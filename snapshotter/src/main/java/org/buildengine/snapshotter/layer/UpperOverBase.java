package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.tree.DraftTree;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;
import org.buildengine.snapshotter.tree.NodeTable;
import org.buildengine.snapshotter.tree.OverlayXattrs;

/**
 * What an upper directory means over the tree that it was mounted on. The kernel copies directories up only because
 * something was opened below them, and marks each new directory opaque; neither is a change of what the tree shows.
 * Runs on a platform thread.
 */
final class UpperOverBase {
    private final String upper;
    private final DraftTree draft;
    private final NodeTable table;
    private final Tree base;
    private final Room room;

    private record Pending(int node, String path, boolean covers) {}

    UpperOverBase(String upper, DraftTree draft, Tree base, Room room) {
        this.upper = upper;
        this.draft = draft;
        this.table = draft.table();
        this.base = base;
        this.room = room;
    }

    /** Whether the upper shows nothing but what its base shows; times of directories do not count. */
    boolean changesNothing() throws IOException {
        Deque<Pending> pending = new ArrayDeque<>();
        pending.add(new Pending(LayerView.ROOT, "", false));
        while (!pending.isEmpty()) {
            Pending next = pending.removeLast();
            Optional<Node> below = base.find(next.path());
            if (table.isWhiteout(next.node())) {
                if (below.isPresent()) {
                    return false;
                }
                continue;
            }
            if (below.isEmpty() || !same(next, below.get())) {
                return false;
            }
            if (table.isDirectory(next.node())) {
                if (covers(next) && hidesSomething(next)) {
                    return false;
                }
                push(next, pending, _ -> true);
            }
        }
        return true;
    }

    private boolean covers(Pending directory) {
        return directory.covers() || table.has(directory.node(), NodeTable.OPAQUE);
    }

    private void push(Pending directory, Deque<Pending> pending, IntPredicate which) {
        for (int child : draft.children(directory.node())) {
            if (which.test(child)) {
                pending.add(new Pending(child, Names.join(directory.path(), table.name(child)), covers(directory)));
            }
        }
    }

    /**
     * What was copied up has lost its other names, and a name that was made of another says so too: such a file is not the
     * one below even if it looks like it.
     */
    private boolean same(Pending above, Node below) {
        if (!table.isDirectory(above.node())) {
            return !table.has(above.node(), NodeTable.LINKED)
                    && base.linkIdentity(below).isEmpty()
                    && NodeCopy.same(table.node(above.node(), above.path()), below);
        }
        Attributes attributes =
                table.attributes(above.node()).withMtime(below.attributes().mtimeNanos());
        return below.isDirectory() && NodeCopy.sameMetadata(attributes, below.attributes());
    }

    private boolean hidesSomething(Pending directory) throws IOException {
        for (Node below : base.list(directory.path())) {
            if (draft.child(directory.node(), Names.encode(below.name())) == LayerView.NONE) {
                return true;
            }
        }
        return false;
    }

    /**
     * Replaces each opaque mark by whiteouts of what the base has there, in the draft and on the disk, so that the layer
     * hides only what it was made over, and not what another layer puts there when both are stacked; and marks the
     * directories that the kernel only copied.
     */
    void normalise() throws IOException {
        try (Descriptor top = Descriptor.directory(upper)) {
            normaliseBelow(top);
        }
    }

    private void normaliseBelow(Descriptor top) throws IOException {
        Deque<Pending> pending = new ArrayDeque<>();
        pending.add(new Pending(LayerView.ROOT, "", false));
        while (!pending.isEmpty()) {
            Pending next = pending.removeLast();
            push(next, pending, table::isDirectory);
            if (!covers(next)) {
                markIfCopied(next);
                continue;
            }
            try (Descriptor here = top.directoryBelow(next.path())) {
                normalise(next, here.path().toString());
            }
        }
    }

    private void normalise(Pending directory, String place) throws IOException {
        boolean any = hide(directory, place);
        if (table.has(directory.node(), NodeTable.OPAQUE)) {
            LinuxFiles.removeXattr(place + "/.", OverlayXattrs.OPAQUE);
            draft.transparent(directory.node());
        }
        if (any) {
            DiskWrites.call(
                    directory.path(), room, () -> LinuxFiles.setXattr(place + "/.", OverlayXattrs.ORIGIN, new byte[0]));
            LinuxFiles.setMtime(place + "/.", table.mtimeNanos(directory.node()));
        }
    }

    private void markIfCopied(Pending directory) {
        Optional<Node> below = base.find(directory.path());
        if (below.isPresent() && same(directory, below.get())) {
            draft.copied(directory.node());
        }
    }

    private boolean hide(Pending directory, String place) throws IOException {
        boolean shows = base.find(directory.path()).filter(Node::isDirectory).isPresent();
        boolean any = false;
        for (Node below : shows ? base.list(directory.path()) : List.<Node>of()) {
            byte[] name = Names.encode(below.name());
            if (draft.child(directory.node(), name) == LayerView.NONE) {
                DiskWrites.call(below.path(), room, () -> LinuxFiles.makeWhiteout(place + "/" + below.name()));
                draft.whiteout(directory.node(), name);
                any = true;
            }
        }
        return any;
    }
}
