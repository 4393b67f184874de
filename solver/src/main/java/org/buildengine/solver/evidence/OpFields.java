package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Field.Group;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.DiffOp;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.TreeOp;

/** Takes operations apart. Two operations of a kind have equal fields if, and only if, they encode alike. */
final class OpFields {
    /** So many arguments or edits are told one by one; what follows is told as one. */
    private static final int MOST = 16;

    /** The kind that brings files from outside. */
    static final String TREE = "tree";

    /** The kind that runs a command. */
    static final String COMMAND = "exec";

    /** What the names of mounts begin with. */
    static final String MOUNT = "mount at ";

    /** What the names of variables begin with whose values are secrets; their order does not count. */
    static final String SECRET = "secret ";

    private OpFields() {}

    /** The name of the kind; part of the format on disk. */
    static String kind(Op op) {
        return switch (op) {
            case ExecOp _ -> COMMAND;
            case FileOp _ -> "file";
            case SourceOp source -> "source " + source.scheme();
            case TreeOp _ -> TREE;
            case MergeOp _ -> "merge";
            case DiffOp _ -> "diff";
            case BuildOp _ -> "build";
        };
    }

    /** Whether what it brings comes from outside, so that a change of it is a change of input. */
    static boolean fromOutside(String kind) {
        return kind.equals(TREE) || kind.startsWith("source ");
    }

    static List<Field> of(Op op) {
        return switch (op) {
            case ExecOp exec -> fields(exec);
            case FileOp file -> fields(file);
            case SourceOp source -> List.of(Field.open(Group.SETTING, "pinned", source.pinned()));
            case TreeOp tree -> List.of(Field.closed(Group.SETTING, "content", tree.content()));
            case MergeOp _ -> List.of();
            case DiffOp diff -> List.of(Field.closed(Group.SETTING, "paths", encoded(diff)));
            case BuildOp build ->
                List.of(
                        Field.open(Group.SETTING, "definition", build.definition()),
                        Field.open(Group.SETTING, "nesting", String.valueOf(build.nesting())));
        };
    }

    /** What two operations have in common that do the same, wherever it is done: for something from outside, its name. */
    static Digest lineage(Op op) {
        var encoder = new KeyEncoder();
        if (fromOutside(kind(op))) {
            return encoder.text(kind(op)).text(op.describe()).finish();
        }
        op.encode(encoder);
        return encoder.finish();
    }

    private static Digest encoded(Op op) {
        var encoder = new KeyEncoder();
        op.encode(encoder);
        return encoder.finish();
    }

    private static List<Field> fields(ExecOp exec) {
        var fields = new ArrayList<Field>();
        for (int i = 0; i < Math.min(MOST, exec.args().size()); i++) {
            fields.add(Field.open(Group.ARGUMENT, "argument " + i, exec.args().get(i)));
        }
        if (exec.args().size() > MOST) {
            List<String> rest = exec.args().subList(MOST, exec.args().size());
            fields.add(Field.closed(
                    Group.ARGUMENT,
                    "arguments from " + MOST,
                    new KeyEncoder().texts(rest).finish()));
        }
        for (String variable : exec.env()) {
            int end = Math.max(0, variable.indexOf('='));
            fields.add(Field.closed(Group.ENVIRONMENT, variable.substring(0, end), Digest.of(variable.substring(end))));
        }
        exec.secretEnv()
                .forEach((name, handle) ->
                        fields.add(Field.closed(Group.ENVIRONMENT, SECRET + name, Digest.of(handle))));
        fields.add(Field.open(Group.SETTING, "working directory", exec.cwd()));
        fields.add(Field.open(Group.SETTING, "user", exec.user()));
        addUnlessEmpty(fields, "standard input", exec.stdin());
        addUnlessEmpty(fields, "redirected input", exec.redirectStdin());
        addUnlessEmpty(fields, "redirected output", exec.redirectStdout());
        addUnlessEmpty(fields, "redirected errors", exec.redirectStderr());
        fields.add(Field.open(
                Group.SETTING, "expected exit code", exec.expect().name().toLowerCase(java.util.Locale.ROOT)));
        fields.add(Field.open(Group.SETTING, "privileges", exec.insecure() ? "all" : "usual"));
        fields.add(Field.open(Group.SETTING, "init", exec.noInit() ? "none" : "usual"));
        fields.add(Field.open(Group.SETTING, "platform", exec.platform()));
        for (ExecOp.ExecMount mount : exec.mounts()) {
            var encoder = new KeyEncoder();
            mount.encode(encoder);
            fields.add(Field.closed(Group.SETTING, MOUNT + mount.target(), encoder.finish()));
        }
        return fields;
    }

    private static void addUnlessEmpty(List<Field> fields, String name, String value) {
        if (!value.isEmpty()) {
            fields.add(Field.closed(Group.SETTING, name, Digest.of(value)));
        }
    }

    private static List<Field> fields(FileOp file) {
        var fields = new ArrayList<Field>();
        int number = 0;
        for (FileAction action : file.actions()) {
            if (number < MOST) {
                var encoder = new KeyEncoder();
                action.encode(encoder);
                number++;
                fields.add(Field.closed(Group.ARGUMENT, "edit " + number + ", " + action.describe(), encoder.finish()));
            }
        }
        if (file.actions().size() > MOST) {
            var encoder = new KeyEncoder();
            file.actions().subList(MOST, file.actions().size()).forEach(action -> action.encode(encoder));
            fields.add(Field.closed(Group.ARGUMENT, "edits from " + (MOST + 1), encoder.finish()));
        }
        return fields;
    }
}
