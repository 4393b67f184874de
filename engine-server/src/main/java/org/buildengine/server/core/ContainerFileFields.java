package org.buildengine.server.core;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.buildengine.server.core.MountedPaths.Place;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.op.FileAction;

/** Fields of {@code Container} that read or change its files. */
final class ContainerFileFields {
    private final Reading reading;
    private final MountedPaths paths;

    private ContainerFileFields(Facilities facilities) {
        this.reading = new Reading(facilities.snapshotter());
        this.paths = new MountedPaths(reading);
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new ContainerFileFields(facilities);
        registry.field("Container", "rootfs", call -> Directory.root(self(call).rootfs()));
        registry.field("Container", "withRootfs", ContainerFileFields::withRootfs);
        registry.field("Container", "directory", ContainerFileFields::directory);
        registry.field("Container", "file", ContainerFileFields::file);
        registry.field("Container", "exists", fields::exists);
        registry.field("Container", "stat", fields::stat);
        registry.field("Container", "withNewFile", fields::withNewFile);
        registry.field("Container", "withFile", fields::withFile);
        registry.field("Container", "withFiles", fields::withFiles);
        registry.field("Container", "withDirectory", fields::withDirectory);
        registry.field("Container", "withSymlink", ContainerFileFields::withSymlink);
        registry.field("Container", "withoutFile", call -> without(call, List.of(call.text("path"))));
        registry.field("Container", "withoutFiles", call -> without(call, call.texts("paths")));
        registry.field("Container", "withoutDirectory", call -> without(call, List.of(call.text("path"))));
    }

    private static Container self(Call call) {
        return call.receiver(Container.class);
    }

    private static Container withRootfs(Call call) {
        Directory directory = call.object("directory", Directory.class);
        return self(call).withRootfs(FileEdits.subtree(directory.tree(), directory.path()));
    }

    private static Directory directory(Call call) throws ApiException {
        String path = MountedPaths.path(call, self(call), "path");
        Place place = MountedPaths.find(self(call), path);
        return new Directory(place.tree(), place.path(), path);
    }

    private static File file(Call call) throws ApiException {
        String path = MountedPaths.path(call, self(call), "path");
        Place place = MountedPaths.find(self(call), path);
        return new File(place.tree(), "", place.path(), path);
    }

    private boolean exists(Call call) throws ApiException, IOException, InterruptedException {
        String path = MountedPaths.path(call, self(call), "path");
        Place place = MountedPaths.find(self(call), path);
        ScopedTree tree = whole(call, place);
        return DirectoryReadFields.exists(call, tree, "/" + place.path());
    }

    private Stat stat(Call call) throws ApiException, IOException, InterruptedException {
        Place place = MountedPaths.find(self(call), self(call).absolute(call.text("path")));
        boolean follow = !call.flag("doNotFollowSymlinks");
        return Stat.of(Reading.node(whole(call, place), place.path(), call.text("path"), follow));
    }

    private ScopedTree whole(Call call, Place place) throws ApiException, IOException, InterruptedException {
        Tree tree = reading.tree(call, place.tree());
        return ScopedTree.of(tree, "").orElseThrow();
    }

    private Container withNewFile(Call call) throws ApiException, IOException, InterruptedException {
        String path = MountedPaths.path(call, self(call), "path");
        TreePaths.checkNames(path);
        Optional<String> owner = paths.owner(call, self(call), path);
        int mode = DirectoryFields.mode(call).orElse(0644);
        String contents = call.text("contents");
        return MountedPaths.edit(
                self(call),
                path,
                (tree, at) -> FileEdits.edit(tree, new FileAction.WriteFile(at, contents, mode, owner)));
    }

    private Container withFile(Call call) throws ApiException, IOException, InterruptedException {
        String written = MountedPaths.expanded(call, self(call), "path");
        return copyFile(call, self(call), call.object("source", File.class), written);
    }

    private Container withFiles(Call call) throws ApiException, IOException, InterruptedException {
        String written = MountedPaths.expanded(call, self(call), "path");
        Container changed = self(call);
        for (File source : call.objects("sources", File.class)) {
            changed = copyFile(call, changed, source, written + "/");
        }
        return changed;
    }

    private Container copyFile(Call call, Container container, File source, String written)
            throws ApiException, IOException, InterruptedException {
        String path = container.absolute(written);
        TreePaths.checkNames(path);
        Optional<String> owner = paths.owner(call, container, path);
        OptionalInt mode = DirectoryFields.mode(call);
        return MountedPaths.edit(
                container,
                path,
                (tree, at) -> FileEdits.copy(
                        tree,
                        source.tree(),
                        DirectoryFields.fileCopy(source, DirectoryFields.asWritten(at, written), owner, mode)));
    }

    private Container withDirectory(Call call) throws ApiException, IOException, InterruptedException {
        String path = MountedPaths.path(call, self(call), "path");
        TreePaths.checkNames(path);
        Directory source = call.object("source", Directory.class);
        Optional<String> owner = paths.owner(call, self(call), path);
        FileAction.Copy copy = DirectoryFields.directoryCopy(call, source, "/", owner);
        return MountedPaths.edit(
                self(call), path, (tree, at) -> FileEdits.copy(tree, source.tree(), FileEdits.retarget(copy, at)));
    }

    private static Container withSymlink(Call call) throws ApiException {
        String target = MountedPaths.expanded(call, self(call), "target");
        String path = MountedPaths.path(call, self(call), "linkName");
        TreePaths.checkNames(path);
        return MountedPaths.edit(
                self(call), path, (tree, at) -> FileEdits.edit(tree, new FileAction.Symlink(target, at)));
    }

    private static Container without(Call call, List<String> written) throws ApiException {
        Container changed = self(call);
        for (String text : written) {
            String path =
                    changed.absolute(call.flag("expand") ? changed.expansion().expand(text) : text);
            changed = MountedPaths.edit(changed, path, (tree, at) -> FileEdits.edit(tree, new FileAction.Remove(at)));
        }
        return changed;
    }
}
