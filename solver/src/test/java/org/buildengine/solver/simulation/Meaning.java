package org.buildengine.solver.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.SourceOp;

/**
 * What operations mean in a simulation: output trees as a pure function of the operation and the trees of its inputs.
 * What an execution writes shows everything that it may depend on.
 */
final class Meaning {
    private Meaning() {}

    /** The output trees of an operation; a source's file is {@code fetched}. */
    static List<Map<String, String>> of(Op op, List<Map<String, String>> inputs, String fetched) {
        return switch (op) {
            case SourceOp source -> List.of(new TreeMap<>(Map.of("a", fetched, "b", "b of " + source.scheme())));
            case ExecOp exec -> executed(exec, inputs);
            case FileOp file -> List.of(edited(file, inputs));
            case MergeOp _ -> List.of(merged(inputs));
            default -> throw new IllegalArgumentException("not simulated: " + op);
        };
    }

    private static List<Map<String, String>> executed(ExecOp exec, List<Map<String, String>> inputs) {
        var seen = new StringBuilder().append(exec.args()).append(inputs.getFirst());
        for (ExecMount mount : exec.mounts()) {
            if (mount instanceof ExecMount.Tree tree) {
                seen.append(tree.target()).append(Contents.read(inputs.get(tree.input()), tree.source()));
            }
        }
        String written = fingerprint(seen);
        var outputs = new ArrayList<Map<String, String>>();
        outputs.add(with(inputs.getFirst(), "e", written));
        for (ExecMount mount : exec.mounts()) {
            if (mount instanceof ExecMount.Tree tree && tree.writable().isPresent()) {
                outputs.add(with(inputs.get(tree.input()), "w", written));
            }
        }
        return outputs;
    }

    private static Map<String, String> edited(FileOp file, List<Map<String, String>> inputs) {
        Map<String, String> tree = inputs.getFirst();
        for (FileAction action : file.actions()) {
            var copy = (FileAction.Copy) action;
            String copied = Contents.read(inputs.get(copy.input()), copy.source());
            tree = with(tree, copy.destination(), copied.length() < 20 ? copied : fingerprint(copied));
        }
        return tree;
    }

    private static Map<String, String> merged(List<Map<String, String>> inputs) {
        var merged = new TreeMap<String, String>();
        inputs.forEach(merged::putAll);
        return merged;
    }

    private static Map<String, String> with(Map<String, String> tree, String name, String content) {
        var changed = new TreeMap<>(tree);
        changed.put(name, content);
        return changed;
    }

    /** Short and, for the few contents of one world, different for different ones. */
    private static String fingerprint(CharSequence seen) {
        long mixed = 0xcbf29ce484222325L;
        for (int i = 0; i < seen.length(); i++) {
            mixed = (mixed ^ seen.charAt(i)) * 0x100000001b3L;
            mixed ^= mixed >>> 29;
        }
        return Long.toHexString(mixed);
    }
}
