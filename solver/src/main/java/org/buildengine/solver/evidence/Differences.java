package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.Op;

/**
 * All that differs between a step and its predecessor.
 *
 * @param itself of the operation, or of what it brings from outside
 * @param inputs by index; those that are the same are missing
 */
record Differences(List<Reason> itself, Map<Integer, List<Reason>> inputs) {
    static final Differences NONE = new Differences(List.of(), Map.of());

    /** As they are kept. Of an input that was only made otherwise nothing is said if another one has other files. */
    List<Reason> reasons() {
        var all = new ArrayList<>(itself);
        List<Reason> ofInputs =
                inputs.values().stream().flatMap(List::stream).distinct().toList();
        boolean otherFiles = ofInputs.stream().anyMatch(reason -> !madeOtherwise(reason));
        ofInputs.stream()
                .filter(reason -> !otherFiles || !madeOtherwise(reason))
                .forEach(all::add);
        return all.stream().map(Origins::shortened).toList();
    }

    /** The same with the files of mounts where the operation sees them, for people; what it makes of its inputs has them elsewhere. */
    Differences seenBy(Op op) {
        if (!(op instanceof ExecOp exec)) {
            return this;
        }
        Map<Integer, List<Reason>> seen = new TreeMap<>(inputs);
        seen.replaceAll((input, reasons) -> reasons.stream()
                .map(reason -> Origins.moved(
                        reason, path -> Optional.of(exec.place(input, path).orElse(path))))
                .toList());
        return new Differences(itself, seen);
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
