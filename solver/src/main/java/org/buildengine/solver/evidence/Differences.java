package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.TreeMounts;

/**
 * All that differs between a step and its predecessor.
 *
 * @param itself of the operation, or of what it brings from outside
 * @param inputs by index; those that are the same are missing
 */
record Differences(List<Reason> itself, Map<Integer, List<Reason>> inputs) {
    static final Differences NONE = new Differences(List.of(), Map.of());

    /**
     * As they are kept. Of an input that was only made otherwise nothing is said if another one has other files.
     *
     * @param mounts where the step sees its inputs, so that files are told there; what it makes of them has them elsewhere
     */
    List<Reason> reasons(TreeMounts mounts) {
        var all = new ArrayList<>(itself);
        List<Reason> ofInputs = inputs.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream().map(reason -> seen(reason, entry.getKey(), mounts)))
                .distinct()
                .toList();
        boolean otherFiles = ofInputs.stream().anyMatch(reason -> !madeOtherwise(reason));
        ofInputs.stream()
                .filter(reason -> !otherFiles || !madeOtherwise(reason))
                .forEach(all::add);
        return all.stream().map(Origins::shortened).toList();
    }

    private static Reason seen(Reason reason, int input, TreeMounts mounts) {
        return Origins.moved(
                reason, path -> Optional.of(mounts.place(input, path).orElse(path)));
    }

    private static boolean madeOtherwise(Reason reason) {
        return reason instanceof Reason.UpstreamChanged change && change.extent() == Reason.Extent.SAME_FILES;
    }

    /** Whose changes the files of each output of the step may be, besides its own. */
    Map<Integer, Origins> origins(Op op) {
        return switch (op) {
            case ExecOp exec -> origins(exec);
            case FileOp file -> Map.of(0, Origins.of(moved(file)));
            default ->
                Map.of(
                        0,
                        Origins.of(
                                inputs.values().stream().flatMap(List::stream).toList()));
        };
    }

    /** The reasons with the files where the edits put them. */
    private List<Reason> moved(FileOp op) {
        return inputs.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream()
                        .map(reason -> Origins.moved(reason, path -> op.place(entry.getKey(), path))))
                .toList();
    }

    private Map<Integer, Origins> origins(ExecOp exec) {
        var origins = new HashMap<Integer, Origins>();
        origins.put(0, of(0));
        for (ExecOp.ExecMount mount : exec.mounts()) {
            if (mount instanceof ExecOp.ExecMount.Tree tree) {
                tree.writable().ifPresent(output -> origins.put(output, of(tree.input())));
            }
        }
        return origins;
    }

    private Origins of(int input) {
        return Origins.of(inputs.getOrDefault(input, List.of()));
    }
}
