package org.buildengine.server.core;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.buildengine.server.core.Container.SecretFile;
import org.buildengine.server.file.Owner;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.InputRef;

/** Fields of {@code Container} about what is mounted into it, and about its secrets. */
final class ContainerMountFields {
    private final MountedPaths paths;

    private ContainerMountFields(Facilities facilities) {
        this.paths = new MountedPaths(new Reading(facilities.snapshotter()));
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new ContainerMountFields(facilities);
        registry.field("Container", "mounts", ContainerMountFields::mounts);
        registry.field("Container", "withMountedDirectory", fields::withMountedDirectory);
        registry.field("Container", "withMountedFile", fields::withMountedFile);
        registry.field("Container", "withMountedTemp", ContainerMountFields::withMountedTemp);
        registry.field("Container", "withMountedCache", fields::withMountedCache);
        registry.field("Container", "withMountedSecret", fields::withMountedSecret);
        registry.field("Container", "withoutMount", ContainerMountFields::withoutMount);
        registry.field("Container", "withSecretVariable", ContainerMountFields::withSecretVariable);
        registry.field("Container", "withoutSecretVariable", ContainerMountFields::withoutSecretVariable);
    }

    private static Container self(Call call) {
        return call.receiver(Container.class);
    }

    private static List<String> mounts(Call call) throws ApiException, InterruptedException {
        Reading.settle(call, self(call));
        return self(call).mounts().stream().map(ContainerMount::target).toList();
    }

    private Container withMountedDirectory(Call call) throws ApiException, IOException, InterruptedException {
        Directory source = call.object("source", Directory.class);
        InputRef tree = owned(call, source.tree(), "/" + source.path());
        return self(call)
                .withMount(new ContainerMount.Tree(target(call), tree, source.path(), false, call.flag("readOnly")));
    }

    private Container withMountedFile(Call call) throws ApiException, IOException, InterruptedException {
        File source = call.object("source", File.class);
        InputRef tree = owned(call, source.tree(), source.location());
        return self(call)
                .withMount(
                        new ContainerMount.Tree(target(call), tree, TreePaths.clean(source.location()), true, false));
    }

    private InputRef owned(Call call, InputRef tree, String path)
            throws ApiException, IOException, InterruptedException {
        Optional<String> owner = call.optionalText("owner");
        if (owner.isEmpty()) {
            return tree;
        }
        String numbers = paths.numeric(call, self(call), owner.get()).toString();
        return FileEdits.edit(tree, new FileAction.ChangeOwner(path, numbers));
    }

    private static Container withMountedTemp(Call call) throws ApiException {
        Optional<Long> size = call.has("size") ? Optional.of(call.number("size")) : Optional.empty();
        if (size.isPresent() && size.get() < 0) {
            throw new ApiException("INVALID_ARGUMENT", "size must not be negative: " + size.get());
        }
        return self(call).withMount(new ContainerMount.Temp(target(call), size));
    }

    private Container withMountedCache(Call call) throws ApiException, IOException, InterruptedException {
        CacheVolume volume = call.object("cache", CacheVolume.class)
                .mountedWith(
                        call.optionalObject("source", Directory.class),
                        call.optionalText("sharing").orElse("SHARED"),
                        call.optionalText("owner").orElse(""));
        String owner = volume.owner().isEmpty()
                ? Owner.ROOT.toString()
                : paths.numeric(call, self(call), volume.owner()).toString();
        return self(call).withMount(new ContainerMount.Cache(target(call), volume, owner));
    }

    private Container withMountedSecret(Call call) throws ApiException, IOException, InterruptedException {
        Secret secret = call.object("source", Secret.class);
        Optional<String> named = call.optionalText("owner");
        Owner owner = named.isPresent() ? paths.numeric(call, self(call), named.get()) : Owner.ROOT;
        int mode = DirectoryFields.permissions(call.number("mode"), "mode");
        String target = target(call);
        var files = new ArrayList<>(self(call).secretFiles());
        files.removeIf(file -> file.target().equals(target));
        files.add(new SecretFile(target, secret, mode, owner.uid(), owner.gid()));
        return self(call).withSecretFiles(files);
    }

    private static Container withoutMount(Call call) throws ApiException {
        String target = target(call);
        var mounts = new ArrayList<>(self(call).mounts());
        var files = new ArrayList<>(self(call).secretFiles());
        mounts.removeIf(mount -> mount.target().equals(target));
        files.removeIf(file -> file.target().equals(target));
        return self(call).withMounts(mounts).withSecretFiles(files);
    }

    private static String target(Call call) throws ApiException {
        String target = MountedPaths.path(call, self(call), "path");
        if (target.equals("/")) {
            throw new ApiException(
                    "INVALID_ARGUMENT", "nothing can be mounted at /: use withRootfs to replace the root file system");
        }
        if (target.equals("/dev") || target.equals("/proc") || target.startsWith("/proc/")) {
            throw new ApiException(
                    "INVALID_ARGUMENT",
                    "nothing can be mounted at " + target + ": the container needs its own /dev and /proc;"
                            + " mount below /dev, or elsewhere");
        }
        return target;
    }

    private static Container withSecretVariable(Call call) {
        var variables = new HashMap<>(self(call).secretVariables());
        variables.put(call.text("name"), call.object("secret", Secret.class));
        return self(call).withSecretVariables(variables);
    }

    private static Container withoutSecretVariable(Call call) {
        var variables = new HashMap<>(self(call).secretVariables());
        variables.remove(call.text("name"));
        return self(call).withSecretVariables(variables);
    }
}
