package org.buildengine.snapshotter.layer;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.tree.LayerView;
import org.buildengine.snapshotter.tree.Names;

/**
 * Writes what one directory has and another has not, or has otherwise; if asked to, also whiteouts of what it has not. Several
 * names of one file stay that as far as they are written; where everything is to become as it is in the other directory, names
 * that did not change are written too if others of the file did. Used once, by one thread.
 */
final class TreeDiff {
    private final Tree lower;
    private final Tree upper;
    private final DraftLayer writer;
    private final NodeCopy.Links links;
    private final Gone gone;
    private final Set<String> implied;
    private final Deque<Pending> pending = new ArrayDeque<>();

    /** Names that did not change, by the file that they are names of. */
    private final Map<Object, List<Node>> unchanged = new LinkedHashMap<>();

    private boolean any;

    /** A directory on the way that is equal itself, and written only if something below it is not. */
    private record Pending(String path, Node node) {}

    /** What becomes of something that is gone. */
    private enum Gone {
        LEFT_OUT,
        HIDDEN
    }

    private TreeDiff(Tree lower, Tree upper, DraftLayer writer, Gone gone, Set<String> implied) {
        this.lower = lower;
        this.upper = upper;
        this.writer = writer;
        this.links = new NodeCopy.Links(upper);
        this.gone = gone;
        this.implied = implied;
    }

    /** Writes what is new or different below two directories; whether there is anything. */
    static boolean news(Tree lower, String lowerPath, Tree upper, String upperPath, DraftLayer writer)
            throws IOException {
        return new TreeDiff(lower, upper, writer, Gone.LEFT_OUT, Set.of()).run(lowerPath, upperPath);
    }

    /**
     * Writes all that makes one tree of another; whether there is anything.
     *
     * @param implied directories that are to give way where the layer is stacked on others
     */
    static boolean changes(Tree lower, Tree upper, Set<String> implied, DraftLayer writer) throws IOException {
        return new TreeDiff(lower, upper, writer, Gone.HIDDEN, implied).run("", "");
    }

    private boolean run(String lowerPath, String upperPath) throws IOException {
        Optional<Node> before = directory(lower, lowerPath);
        Optional<Node> after = directory(upper, upperPath);
        if (after.isPresent()) {
            pending.addLast(new Pending("", after.get()));
            if (gone == Gone.HIDDEN && !(before.isPresent() && NodeCopy.same(before.get(), after.get()))) {
                pending.clear();
                write("", after.get());
            }
            compare(before, after.get(), "");
            linkUnchanged();
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
            Optional<Node> counterpart = Optional.ofNullable(old.remove(node.name()));
            compareNode(counterpart, node, Names.join(path, node.name()));
        }
        if (gone == Gone.HIDDEN) {
            for (String name : old.keySet()) {
                parents();
                writer.whiteout(Names.join(path, name));
                any = true;
            }
        }
    }

    private void compareNode(Optional<Node> before, Node after, String path) throws IOException {
        boolean same = before.isPresent() && NodeCopy.same(before.get(), after);
        if (!same) {
            write(path, after);
        } else if (gone == Gone.HIDDEN) {
            upper.linkIdentity(after)
                    .ifPresent(file -> unchanged
                            .computeIfAbsent(file, _ -> new ArrayList<>())
                            .add(after));
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
        parents();
        Optional<String> first = links.firstPlace(node, path);
        if (first.isPresent()) {
            writer.hardlink(path, first.get());
        } else if (implied.contains(path)) {
            writer.copiedDirectory(path, node.attributes());
        } else {
            NodeCopy.write(writer, path, node.attributes(), upper, node);
        }
        any = true;
    }

    /** Of files with several names, of which some were written, the others. */
    private void linkUnchanged() throws IOException {
        for (List<Node> names : unchanged.values()) {
            Optional<String> first = links.place(names.getFirst());
            if (first.isPresent()) {
                for (Node name : names) {
                    directoriesAbove(name.path());
                    writer.hardlink(name.path(), first.get());
                }
            }
        }
    }

    private void directoriesAbove(String path) throws IOException {
        List<String> elements = Names.elements(path);
        for (int i = 1; i < elements.size(); i++) {
            List<String> above = elements.subList(0, i);
            if (writer.draft().find(above) == LayerView.NONE) {
                String directory = String.join("/", above);
                writer.copiedDirectory(
                        directory, upper.find(directory).orElseThrow().attributes());
            }
        }
    }

    /** Writes the directories on the way that are equal themselves. */
    private void parents() throws IOException {
        while (!pending.isEmpty()) {
            Pending parent = pending.removeFirst();
            writer.copiedDirectory(parent.path(), parent.node().attributes());
        }
    }
}
