package org.buildengine.server.core;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import org.buildengine.server.file.Owner;
import org.buildengine.solver.op.InputRef;

/** Finds out what a path of a container belongs to: its root file system, or one of its mounts. */
final class MountedPaths {
    private static final Pattern NUMERIC = Pattern.compile("[0-9]+(:[0-9]+)?");

    private final Reading reading;

    MountedPaths(Reading reading) {
        this.reading = reading;
    }

    /** The text argument, with variables replaced if the call says so. */
    static String expanded(Call call, Container container, String argument) throws ApiException {
        String text = call.text(argument);
        return call.flag("expand") ? container.expansion().expand(text) : text;
    }

    /** The path argument as the absolute path that a command would see. */
    static String path(Call call, Container container, String argument) throws ApiException {
        return container.absolute(expanded(call, container, argument));
    }

    /**
     * A path within a tree.
     *
     * @param path clean and relative
     */
    record Place(InputRef tree, String path) {}

    /**
     * Where the absolute {@code path} can be read.
     *
     * @throws ApiException if it lies in a mount that cannot be read
     */
    static Place find(Container container, String path) throws ApiException {
        Optional<ContainerMount> mount = container.mountAt(path);
        if (mount.isEmpty()) {
            return new Place(container.rootfs(), TreePaths.clean(path));
        }
        return switch (mount.get()) {
            case ContainerMount.Tree tree ->
                new Place(
                        tree.tree(),
                        TreePaths.below(
                                tree.source(), path.substring(tree.target().length())));
            case ContainerMount.Cache cache -> throw unreadable(path, "cache");
            case ContainerMount.Temp temp -> throw unreadable(path, "tmpfs");
        };
    }

    private static ApiException unreadable(String path, String kind) {
        return new ApiException("INVALID_ARGUMENT", path + ": cannot retrieve path from " + kind);
    }

    /**
     * The container after an edit at the absolute {@code path}: of its root file system, or of what is mounted there.
     *
     * @param edit gets the tree and the path in it, absolute within the tree
     */
    static Container edit(Container container, String path, BiFunction<InputRef, String, InputRef> edit)
            throws ApiException {
        Place place;
        try {
            place = find(container, path);
        } catch (ApiException e) {
            throw new ApiException(e.code(), "failed to locate path " + path + ": " + e.getMessage());
        }
        InputRef changed = edit.apply(place.tree(), "/" + place.path());
        Optional<ContainerMount> mount = container.mountAt(path);
        if (mount.isEmpty()) {
            return container.withRootfs(changed);
        }
        var mounts = new ArrayList<>(container.mounts());
        mounts.replaceAll(other -> other.equals(mount.get()) && other instanceof ContainerMount.Tree tree
                ? tree.withTree(changed)
                : other);
        return container.withMounts(mounts);
    }

    /**
     * The owner that an edit at {@code path} is to give, if the call names one. Names are those of the container's root
     * file system: for the trees of mounts they are looked up now.
     */
    Optional<String> owner(Call call, Container container, String path)
            throws ApiException, IOException, InterruptedException {
        Optional<String> owner = call.optionalText("owner");
        if (owner.isEmpty() || container.mountAt(path).isEmpty()) {
            return owner;
        }
        return Optional.of(numeric(call, container, owner.get()).toString());
    }

    /** The numbers behind {@code owner}; names are looked up in the container's root file system, which is made for it. */
    Owner numeric(Call call, Container container, String owner) throws ApiException, IOException, InterruptedException {
        try {
            return NUMERIC.matcher(owner).matches()
                    ? Owner.parseNumeric(owner)
                    : Owner.lookUp(reading.tree(call, container.rootfs()), owner);
        } catch (Owner.UnknownOwnerException e) {
            throw Reading.caused(new ApiException("NOT_FOUND", Reading.message(e)), e);
        }
    }
}
