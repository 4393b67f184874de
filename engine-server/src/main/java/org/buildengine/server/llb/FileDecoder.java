package org.buildengine.server.llb;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.CText;
import org.buildengine.server.core.FileEdits;
import org.buildengine.session.wire.pb.FileActionMkDir;
import org.buildengine.session.wire.pb.FileActionMkFile;
import org.buildengine.session.wire.pb.FileActionRm;
import org.buildengine.session.wire.pb.FileActionSymlink;
import org.buildengine.session.wire.pb.FileOp;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;

/**
 * Edits of trees. Those in a row become one operation, as those of the API do; what others use as well is not repeated, so that the
 * work stays in proportion to the definition. Used once, by one thread.
 */
final class FileDecoder {
    private static final long NO_OUTPUT = -1;
    private static final long NO_TIME = -1;
    private static final long NANOS = 1_000_000_000;

    private final FileOp file;
    private final Inputs inputs;
    private final Reuse reuse;
    private final List<InputRef> results = new ArrayList<>();
    private final Map<Long, Integer> uses = new HashMap<>();

    FileDecoder(FileOp file, Inputs inputs, Reuse reuse) {
        this.file = file;
        this.inputs = inputs;
        this.reuse = reuse;
        inputs.shared().forEach(number -> uses.put((long) number, 1));
        file.getActionsList().forEach(action -> {
            uses.merge(action.getInput(), 1, Integer::sum);
            if (action.hasCopy()) {
                uses.merge(action.getSecondaryInput(), 1, Integer::sum);
            }
        });
    }

    Map<Long, InputRef> decode() throws ApiException {
        if (file.getActionsCount() == 0) {
            throw Refusals.invalid("it has no actions");
        }
        var outputs = new HashMap<Long, InputRef>();
        for (int i = 0; i < file.getActionsCount(); i++) {
            try {
                results.add(result(file.getActions(i)));
                name(file.getActions(i).getOutput(), results.get(i), outputs);
            } catch (ApiException e) {
                throw Refusals.at("action " + i, e);
            }
        }
        return outputs;
    }

    private static void name(long number, InputRef result, Map<Long, InputRef> outputs) throws ApiException {
        if (number < NO_OUTPUT) {
            throw Refusals.invalid("an output has the number " + number);
        }
        if (number != NO_OUTPUT && outputs.putIfAbsent(number, result) != null) {
            throw Refusals.invalid("it is the second one with the output " + number);
        }
    }

    private InputRef result(org.buildengine.session.wire.pb.FileAction action) throws ApiException {
        InputRef base = tree(action.getInput());
        boolean alone = uses.getOrDefault(action.getInput(), 0) == 1;
        return switch (action.getActionCase()) {
            case MKDIR -> edited(base, alone, makeDirectory(action.getMkdir(), action.getInput()));
            case MKFILE -> edited(base, alone, writeFile(action.getMkfile(), action.getInput()));
            case SYMLINK -> edited(base, alone, symlink(action.getSymlink()));
            case RM -> edited(base, alone, remove(action.getRm()));
            case COPY ->
                copied(
                        base,
                        alone,
                        tree(action.getSecondaryInput()),
                        new CopyDecoder(action.getCopy(), action.getInput()));
            case ACTION_NOT_SET ->
                throw Refusals.unsupported(
                        "an action of no kind that this engine knows", "it does copy, mkfile, mkdir, rm and symlink");
        };
    }

    /** Numbers go on behind the inputs with the results of the actions so far. */
    private InputRef tree(long number) throws ApiException {
        if (number < inputs.trees().size()) {
            return inputs.at(number);
        }
        long result = number - inputs.trees().size();
        if (result >= results.size()) {
            throw Refusals.invalid("it refers to " + number + ", which is neither an input nor an earlier action");
        }
        return results.get((int) result);
    }

    private InputRef edited(InputRef base, boolean alone, List<FileAction> actions) {
        return alone && reuse.isAny()
                ? FileEdits.edit(base, actions)
                : new Vertex(new org.buildengine.solver.op.FileOp(actions), List.of(base), reuse).output(0);
    }

    private InputRef copied(InputRef base, boolean alone, InputRef source, CopyDecoder copy) throws ApiException {
        List<FileAction> actions = copy.actions();
        return alone && reuse.isAny() && actions.size() == 1
                ? FileEdits.copy(base, source, copy.copy())
                : new Vertex(new org.buildengine.solver.op.FileOp(actions), List.of(base, source), reuse).output(0);
    }

    private static List<FileAction> makeDirectory(FileActionMkDir action, long base) throws ApiException {
        refuseTime(action.getTimestamp());
        String path = TreeText.path(action.getPath());
        FileAction make = new FileAction.MakeDirectory(
                path, TreeText.mode(action.getMode()), Owners.decode(action.getOwner(), base));
        return action.getMakeParents() ? List.of(make) : below(path, make);
    }

    private static List<FileAction> writeFile(FileActionMkFile action, long base) throws ApiException {
        String path = TreeText.path(action.getPath());
        refuseRoot(path);
        Refusals.refuse(
                !action.getData().isValidUtf8(),
                "a file that is no UTF-8 text",
                "put it into a tree that is copied from, or let a command write it");
        FileAction write = new FileAction.WriteFile(
                path,
                action.getData().toStringUtf8(),
                TreeText.mode(action.getMode()),
                Owners.decode(action.getOwner(), base));
        long time = action.getTimestamp();
        if (time == NO_TIME) {
            return below(path, write);
        }
        Refusals.refuse(
                time < 0 || time % NANOS != 0,
                "the time " + time,
                "give whole seconds since 1970, in nanoseconds, or -1 for none");
        return below(path, write, new FileAction.SetTimestamps(path, time / NANOS));
    }

    private static List<FileAction> symlink(FileActionSymlink action) throws ApiException {
        refuseTime(action.getTimestamp());
        Refusals.refuse(action.hasOwner(), "an owner of a symbolic link", "leave it to root");
        String path = TreeText.path(action.getNewpath());
        refuseRoot(path);
        TreeText.path(action.getOldpath());
        CText.check("a symbolic link", action.getOldpath());
        if (action.getOldpath().isEmpty()) {
            throw Refusals.invalid("a symbolic link has to lead somewhere");
        }
        return below(path, new FileAction.Symlink(action.getOldpath(), path));
    }

    private static List<FileAction> remove(FileActionRm action) throws ApiException {
        String path = TreeText.path(action.getPath());
        refuseRoot(path);
        boolean pattern = action.getAllowWildcard() && TreeText.hasWildcards(path);
        FileAction remove = new FileAction.Remove(pattern ? path : TreeText.literally(path));
        return pattern || action.getAllowNotFound()
                ? List.of(remove)
                : List.of(new FileAction.Require(path, false), remove);
    }

    /** What is done at a path whose directory has to be there. */
    private static List<FileAction> below(String path, FileAction... actions) {
        var all = new ArrayList<FileAction>();
        TreeText.parent(path).ifPresent(parent -> all.add(new FileAction.Require(parent, true)));
        all.addAll(List.of(actions));
        return all;
    }

    private static void refuseRoot(String path) throws ApiException {
        if (path.equals("/")) {
            throw Refusals.invalid("the root of a tree is a directory, and cannot be replaced or removed");
        }
    }

    private static void refuseTime(long time) throws ApiException {
        Refusals.refuse(time != NO_TIME, "a timestamp of anything but a file that is written", "give -1 for none");
    }
}
