package org.buildengine.server.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileAction.Copy.Kind;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;

/**
 * Turns edits of trees into vertices. Edits in a row become one operation, so that a chain of written files costs one
 * layer and one look-up; an operation that copies whole directories is left alone, since repeating it would cost more
 * than a layer.
 */
public final class FileEdits {
    /** A tree with nothing in it. */
    public static final InputRef EMPTY = Vertex.of(
                    new TreeOp(new KeyEncoder().text("empty tree").finish(), Snapshot.EMPTY, "empty directory"))
            .output(0);

    private static final int MOST_ACTIONS = 128;

    private FileEdits() {}

    /** {@code tree} after {@code action}, which copies from nowhere. */
    public static InputRef edit(InputRef tree, FileAction action) {
        return edit(tree, List.of(action));
    }

    /** {@code tree} after {@code actions}, which copy from nowhere. */
    public static InputRef edit(InputRef tree, List<? extends FileAction> actions) {
        if (actions.isEmpty()) {
            return tree;
        }
        var all = new ArrayList<FileAction>();
        Optional<Vertex> before = foldable(tree, actions.size());
        before.ifPresent(vertex -> all.addAll(((FileOp) vertex.op()).actions()));
        all.addAll(actions);
        return new Vertex(new FileOp(all), before.map(Vertex::inputs).orElse(List.of(tree))).output(0);
    }

    /** {@code tree} with something of {@code source} copied into it; {@code copy} counts the source as input 1. */
    public static InputRef copy(InputRef tree, InputRef source, FileAction.Copy copy) {
        Optional<Vertex> before = copy.kind() == Kind.FILE ? foldable(tree, 1) : Optional.empty();
        var actions = new ArrayList<FileAction>();
        var inputs = new ArrayList<InputRef>();
        if (before.isPresent()) {
            actions.addAll(((FileOp) before.get().op()).actions());
            inputs.addAll(before.get().inputs());
        } else {
            inputs.add(tree);
        }
        int input = inputs.subList(1, inputs.size()).indexOf(source) + 1;
        if (input == 0) {
            input = inputs.size();
            inputs.add(source);
        }
        actions.add(changed(copy, input, copy.destination()));
        return new Vertex(new FileOp(actions), inputs).output(0);
    }

    /** The same copy to another destination. */
    static FileAction.Copy retarget(FileAction.Copy copy, String destination) {
        return changed(copy, copy.input(), destination);
    }

    private static FileAction.Copy changed(FileAction.Copy copy, int input, String destination) {
        return new FileAction.Copy(
                input,
                copy.source(),
                destination,
                copy.include(),
                copy.exclude(),
                copy.gitignore(),
                copy.owner(),
                copy.mode(),
                copy.kind());
    }

    /** A tree whose root is the directory {@code path} of {@code tree}. */
    static InputRef subtree(InputRef tree, String path) {
        if (path.isEmpty()) {
            return tree;
        }
        return copy(EMPTY, tree, directoryCopy("/" + path, "/"));
    }

    /** A copy of a whole directory, owners and modes kept. */
    static FileAction.Copy directoryCopy(String source, String destination) {
        return new FileAction.Copy(
                1,
                source,
                destination,
                List.of(),
                List.of(),
                false,
                Optional.empty(),
                java.util.OptionalInt.empty(),
                Kind.DIRECTORY);
    }

    private static Optional<Vertex> foldable(InputRef tree, int more) {
        boolean foldable = tree.vertex().reuse().isAny()
                && tree.vertex().op() instanceof FileOp op
                && op.actions().size() + more <= MOST_ACTIONS
                && op.actions().stream()
                        .noneMatch(action -> action instanceof FileAction.Copy copy && copy.kind() != Kind.FILE);
        return foldable ? Optional.of(tree.vertex()) : Optional.empty();
    }
}
