package org.buildengine.server.core.host;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.buildengine.session.tree.EntryOrder;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;

/**
 * The children of one directory of a tree, gone through in step with another listing of it: both are in the order of the
 * names' bytes. Used by one thread.
 */
final class Siblings {
    /** Of no directory. */
    static final Siblings NONE = new Siblings(List.of());

    private final List<Node> nodes;
    private int next;

    private Siblings(List<Node> nodes) {
        this.nodes = nodes;
    }

    /** Those in {@code directory} of {@code tree}; none if that is no directory. */
    static Siblings in(Tree tree, Optional<Node> directory) throws TreeException {
        return directory.isPresent() && directory.get().isDirectory()
                ? new Siblings(tree.list(directory.get().path()))
                : NONE;
    }

    /** The one with this name; {@code missing} is told of those that come before it and were not asked for. */
    Optional<Node> named(String name, Consumer<Node> missing) {
        while (next < nodes.size()) {
            Node node = nodes.get(next);
            int order = EntryOrder.compare(node.name(), name);
            if (order > 0) {
                break;
            }
            next++;
            if (order == 0) {
                return Optional.of(node);
            }
            missing.accept(node);
        }
        return Optional.empty();
    }

    /** Tells {@code missing} of those that are left. */
    void rest(Consumer<Node> missing) {
        while (next < nodes.size()) {
            missing.accept(nodes.get(next++));
        }
    }
}
