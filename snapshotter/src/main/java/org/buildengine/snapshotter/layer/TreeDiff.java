package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.tree.Names;

/** Writes what one directory has and another has not, or has otherwise. Used once, by one thread. */
final class TreeDiff {
    private final Tree lower;
    private final Tree upper;
    private final DraftLayer writer;
    private final Deque<Pending> pending = new ArrayDeque<>();
    private boolean any;

    /** A directory on the way that is equal itself, and written only if something below it is not. */
    private record Pending(String path, Node node) {}

    TreeDiff(Tree lower, Tree upper, DraftLayer writer) {
        this.lower = lower;
        this.upper = upper;
        this.writer = writer;
    }

    /** Whether anything was written. */
    boolean run(String lowerPath, String upperPath) throws IOException {
        Optional<Node> before = directory(lower, lowerPath);
        Optional<Node> after = directory(upper, upperPath);
        if (after.isPresent()) {
            pending.addLast(new Pending("", after.get()));
            compare(before, after.get(), "");
        }
        return any;
    }

    private static Optional<Node> directory(Tree tree, String path) throws TreeException {
        Optional<Node> node = tree.find(path);
        if (node.isPresent() && !node.get().isDirectory()) {
            throw new TreeException(TreeException.Code.NOT_A_DIRECTORY, path);
        }
        return node;
    }

    private void compare(Optional<Node> before, Node after, String path) throws IOException {
        Map<String, Node> old = new HashMap<>();
        List<Node> listed = before.isPresent() ? lower.list(before.get().path()) : List.of();
        for (Node node : listed) {
            old.put(node.name(), node);
        }
        for (Node node : upper.list(after.path())) {
            Optional<Node> counterpart = Optional.ofNullable(old.get(node.name()));
            compareNode(counterpart, node, Names.join(path, node.name()));
        }
    }

    private void compareNode(Optional<Node> before, Node after, String path) throws IOException {
        boolean same = before.isPresent() && NodeCopy.same(before.get(), after);
        if (!same) {
            write(path, after);
        }
        if (!after.isDirectory()) {
            return;
        }
        if (same) {
            pending.addLast(new Pending(path, after));
        }
        compare(before.filter(Node::isDirectory), after, path);
        if (same && !pending.isEmpty()) {
            pending.removeLast();
        }
    }

    private void write(String path, Node node) throws IOException {
        while (!pending.isEmpty()) {
            Pending parent = pending.removeFirst();
            writer.copiedDirectory(parent.path(), parent.node().attributes());
        }
        NodeCopy.write(writer, path, node.attributes(), upper, node);
        any = true;
    }
}
