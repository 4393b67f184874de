package org.buildengine.solver.op;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.buildengine.solver.op.ExecOp.ExecMount;

/** Where an operation sees its inputs: those of a command that are mounted over its root file system, in order. */
public record TreeMounts(List<Mount> mounts) {
    /** Of an operation that sees its inputs as they are. */
    public static final TreeMounts NONE = new TreeMounts(List.of());

    /**
     * A directory or file of an input.
     *
     * @param target where, absolute
     * @param input index of the input
     * @param source path within it
     */
    public record Mount(String target, int input, String source) {}

    public TreeMounts {
        mounts = List.copyOf(mounts);
    }

    /** Those of an operation. */
    public static TreeMounts of(Op op) {
        if (!(op instanceof ExecOp exec)) {
            return NONE;
        }
        return new TreeMounts(exec.mounts().stream()
                .filter(ExecMount.Tree.class::isInstance)
                .map(ExecMount.Tree.class::cast)
                .map(tree -> new Mount(tree.target(), tree.input(), tree.source()))
                .toList());
    }

    /** Whether the operation sees a path of an input: of one that only subdirectories of are mounted, what is in these. */
    public boolean sees(int input, String path) {
        return input == 0 || of(input).findAny().isEmpty() || place(input, path).isPresent();
    }

    /** Where the operation sees a path of an input: in the root file system, or by the first mount that has it. */
    public Optional<String> place(int input, String path) {
        if (input == 0) {
            return Optional.of(path);
        }
        String inside = within(path);
        return of(input)
                .filter(mount -> inside.startsWith(within(mount.source())))
                .findFirst()
                .map(mount -> within(mount.target() + "/"
                        + inside.substring(within(mount.source()).length())))
                .map(place -> place.substring(0, place.length() - 1));
    }

    private Stream<Mount> of(int input) {
        return mounts.stream().filter(mount -> mount.input() == input);
    }

    /** A path with a slash at both ends, and one for the root. */
    private static String within(String path) {
        return ("/" + path + "/").replaceAll("/+", "/");
    }
}
