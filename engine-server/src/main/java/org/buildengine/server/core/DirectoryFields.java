package org.buildengine.server.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.solver.op.DiffOp;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileAction.Copy.Kind;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Vertex;

/** Fields of {@code Directory} that describe another directory. They do no work. */
final class DirectoryFields {
    private static final int DEFAULT_MODE = 0755;

    private DirectoryFields() {}

    static void register(FieldRegistry registry) {
        registry.field("Directory", "directory", call -> self(call).below(call.text("path")));
        registry.field("Directory", "withNewFile", DirectoryFields::withNewFile);
        registry.field("Directory", "withNewDirectory", DirectoryFields::withNewDirectory);
        registry.field("Directory", "withFile", DirectoryFields::withFile);
        registry.field("Directory", "withFiles", DirectoryFields::withFiles);
        registry.field("Directory", "withDirectory", DirectoryFields::withDirectory);
        registry.field("Directory", "withSymlink", DirectoryFields::withSymlink);
        registry.field("Directory", "withTimestamps", DirectoryFields::withTimestamps);
        registry.field("Directory", "withoutFile", call -> without(call, List.of(call.text("path"))));
        registry.field("Directory", "withoutFiles", call -> without(call, call.texts("paths")));
        registry.field("Directory", "withoutDirectory", call -> without(call, List.of(call.text("path"))));
        registry.field("Directory", "chown", DirectoryFields::chown);
        registry.field("Directory", "filter", DirectoryFields::filter);
        registry.field("Directory", "diff", DirectoryFields::diff);
    }

    private static Directory self(Call call) {
        return call.receiver(Directory.class);
    }

    private static Directory edit(Directory self, FileAction action) {
        return self.withTree(FileEdits.edit(self.tree(), action));
    }

    private static Directory withNewFile(Call call) throws ApiException {
        String path = call.text("path");
        TreePaths.checkNames(path);
        return edit(
                self(call),
                new FileAction.WriteFile(
                        self(call).locate(path),
                        call.text("contents"),
                        mode(call).orElse(0644),
                        Optional.empty()));
    }

    private static Directory withNewDirectory(Call call) throws ApiException {
        String path = call.text("path");
        if (leavesParent(path)) {
            throw new ApiException("INVALID_ARGUMENT", "cannot create directory outside parent: " + path);
        }
        TreePaths.checkNames(path);
        int mode = mode(call).orElse(0);
        return edit(
                self(call),
                new FileAction.MakeDirectory(
                        self(call).locate(path), mode == 0 ? DEFAULT_MODE : mode, Optional.empty()));
    }

    private static boolean leavesParent(String path) {
        int depth = 0;
        for (String element : path.split("/", -1)) {
            depth += element.equals("..") ? -1 : element.isEmpty() || element.equals(".") ? 0 : 1;
            if (depth < 0) {
                return !path.startsWith("/");
            }
        }
        return false;
    }

    private static Directory withFile(Call call) throws ApiException {
        File source = call.object("source", File.class);
        Directory self = self(call);
        String path = call.text("path");
        TreePaths.checkNames(path);
        FileAction.Copy copy =
                fileCopy(source, asWritten(self.locate(path), path), call.optionalText("owner"), mode(call));
        return self.withTree(FileEdits.copy(self.tree(), source.tree(), copy));
    }

    private static Directory withFiles(Call call) throws ApiException {
        Directory self = self(call);
        InputRef tree = self.tree();
        for (File source : call.objects("sources", File.class)) {
            FileAction.Copy copy =
                    fileCopy(source, asWritten(self.locate(call.text("path")), "/"), Optional.empty(), mode(call));
            tree = FileEdits.copy(tree, source.tree(), copy);
        }
        return self.withTree(tree);
    }

    /** The copy of a file to {@code destination}, which ends in a slash if it is a directory to put it into. */
    static FileAction.Copy fileCopy(File source, String destination, Optional<String> owner, OptionalInt mode) {
        return new FileAction.Copy(
                1, source.location(), destination, List.of(), List.of(), false, owner, mode, Kind.FILE);
    }

    /** {@code location} with the slash at its end that says to put something inside, if {@code written} has one. */
    static String asWritten(String location, String written) {
        return written.endsWith("/") && !location.endsWith("/") ? location + "/" : location;
    }

    private static Directory withDirectory(Call call) throws ApiException {
        Directory self = self(call);
        String path = call.text("path");
        TreePaths.checkNames(path);
        Directory source = call.object("source", Directory.class);
        return self.withTree(FileEdits.copy(
                self.tree(),
                source.tree(),
                directoryCopy(call, source, self.locate(path), call.optionalText("owner"))));
    }

    /** The copy that the arguments of a {@code withDirectory} ask for. */
    static FileAction.Copy directoryCopy(Call call, Directory source, String destination, Optional<String> owner)
            throws ApiException {
        return new FileAction.Copy(
                1,
                "/" + source.path(),
                destination,
                call.texts("include"),
                call.texts("exclude"),
                call.flag("gitignore"),
                owner,
                mode(call),
                Kind.DIRECTORY);
    }

    private static Directory withSymlink(Call call) throws ApiException {
        String link = call.text("linkName");
        TreePaths.checkNames(link);
        return edit(
                self(call),
                new FileAction.Symlink(call.text("target"), self(call).locate(link)));
    }

    private static Directory withTimestamps(Call call) {
        return edit(self(call), new FileAction.SetTimestamps(self(call).locate(""), call.number("timestamp")));
    }

    private static Directory without(Call call, List<String> paths) {
        var actions = new ArrayList<FileAction>();
        paths.forEach(path -> actions.add(new FileAction.Remove(self(call).locate(path))));
        return self(call).withTree(FileEdits.edit(self(call).tree(), actions));
    }

    private static Directory chown(Call call) {
        return edit(self(call), new FileAction.ChangeOwner(self(call).locate(call.text("path")), call.text("owner")));
    }

    private static Directory filter(Call call) {
        Directory self = self(call);
        FileAction.Copy copy = new FileAction.Copy(
                1,
                "/" + self.path(),
                "/",
                call.texts("include"),
                call.texts("exclude"),
                call.flag("gitignore"),
                Optional.empty(),
                OptionalInt.empty(),
                Kind.DIRECTORY);
        return Directory.root(FileEdits.copy(FileEdits.EMPTY, self.tree(), copy));
    }

    private static Directory diff(Call call) {
        Directory self = self(call);
        Directory other = call.object("other", Directory.class);
        return Directory.root(Vertex.of(new DiffOp("/" + self.path(), "/" + other.path()), self.tree(), other.tree())
                .output(0));
    }

    /**
     * The permission bits that a call asks for, if it does.
     *
     * @throws ApiException if they are no permission bits
     */
    static OptionalInt mode(Call call) throws ApiException {
        if (!call.has("permissions")) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(permissions(call.number("permissions"), "permissions"));
    }

    /** Refuses what is no permission bits. */
    static int permissions(long bits, String argument) throws ApiException {
        if (bits < 0 || bits > 07777) {
            throw new ApiException(
                    "INVALID_ARGUMENT", argument + " must be between 0 and 4095 (octal 7777), not " + bits);
        }
        return (int) bits;
    }
}
