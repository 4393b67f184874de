package org.buildengine.solver.key;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.Vertex;

/** Makes producer and content keys. */
public final class Keys {
    private Keys() {}

    /** The operation over the identities of its inputs, in order. */
    public static Digest producer(Vertex vertex, List<Digest> identities) {
        var encoder = new KeyEncoder().text("producer").list(identities.size());
        for (int i = 0; i < identities.size(); i++) {
            encoder.digest(identities.get(i)).number(vertex.inputs().get(i).output());
        }
        vertex.op().encode(encoder);
        return encoder.finish();
    }

    /**
     * The operation over the contents that it reads of its inputs, where that is sound: an input that is only copied
     * from, or mounted without an output of its own. Other inputs count by identity.
     *
     * @return empty if no input of the operation can be narrowed, since the key would then say no more than the
     *     producer key
     */
    public static Optional<Digest> content(Vertex vertex, List<StoredResult> inputs, Trees trees) throws IOException {
        var encoder = new KeyEncoder().text("content").list(inputs.size());
        boolean narrowed = false;
        for (int i = 0; i < inputs.size(); i++) {
            List<String> read = pathsRead(vertex.op(), i);
            Optional<Digest> selection =
                    read.isEmpty() ? Optional.empty() : selection(trees.tree(vertex, i, inputs.get(i)), read);
            if (selection.isPresent()) {
                narrowed = true;
                encoder.text("selection").digest(selection.get());
            } else {
                encoder.text("whole")
                        .digest(inputs.get(i).identity())
                        .number(vertex.inputs().get(i).output());
            }
        }
        vertex.op().encode(encoder);
        return narrowed ? Optional.of(encoder.finish()) : Optional.empty();
    }

    /** What {@code op} reads of input {@code index}, if nothing else of that input can reach an output. */
    private static List<String> pathsRead(Op op, int index) {
        return switch (op) {
            case FileOp file
            when index > 0 ->
                file.actions().stream()
                        .filter(action -> action instanceof FileAction.Copy copy && copy.input() == index)
                        .map(action -> ((FileAction.Copy) action).source())
                        .toList();
            case ExecOp exec when index > 0 -> mountsRead(exec, index);
            default -> List.of();
        };
    }

    private static List<String> mountsRead(ExecOp exec, int index) {
        boolean leaks = exec.mounts().stream()
                .anyMatch(mount -> mount instanceof ExecMount.Tree tree
                        && tree.input() == index
                        && tree.writable().isPresent()
                        && !isRoot(tree.source()));
        if (leaks) {
            return List.of();
        }
        return exec.mounts().stream()
                .filter(mount -> mount instanceof ExecMount.Tree tree && tree.input() == index)
                .map(mount -> ((ExecMount.Tree) mount).source())
                .toList();
    }

    private static boolean isRoot(String path) {
        return path.isEmpty() || path.equals("/");
    }

    private static Optional<Digest> selection(Tree tree, List<String> paths) throws IOException {
        var encoder = new KeyEncoder().list(paths.size());
        for (String path : paths) {
            Optional<Node> node = tree.resolve(path, true);
            if (node.isEmpty()) {
                return Optional.empty();
            }
            encoder.digest(tree.digest(node.get().path(), PathFilter.ALL));
        }
        return Optional.of(encoder.finish());
    }

    /** Opens the tree that an input stands for. */
    @FunctionalInterface
    public interface Trees {
        Tree tree(Vertex vertex, int input, StoredResult result) throws IOException;
    }
}
