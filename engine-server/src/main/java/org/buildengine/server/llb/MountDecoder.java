package org.buildengine.server.llb;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.CacheVolume;
import org.buildengine.server.core.TreePaths;
import org.buildengine.server.file.Owner;
import org.buildengine.session.wire.pb.CacheSharingOpt;
import org.buildengine.session.wire.pb.Meta;
import org.buildengine.session.wire.pb.Mount;
import org.buildengine.session.wire.pb.MountType;
import org.buildengine.solver.op.ExecOp.ExecMount;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Vertex;

/**
 * The mounts of one command: the one at the root is the root file system, the others are mounted over it in the order of their
 * paths, so that those below others come later. Used by one thread.
 */
final class MountDecoder {
    private static final String ROOT = "/";
    private static final long NO_OUTPUT = -1;

    private final Inputs given;
    private final Meta meta;
    private final List<InputRef> inputs = new ArrayList<>();
    private final List<ExecMount> mounts = new ArrayList<>();
    private final Set<String> targets = new HashSet<>();
    private final Map<Long, Integer> outputs = new HashMap<>();
    private int lastOutput;

    MountDecoder(Inputs given, Meta meta) {
        this.given = given;
        this.meta = meta;
    }

    /** Takes all mounts of the command. */
    void take(List<Mount> all) throws ApiException {
        root(all);
        List<Mount> others = all.stream()
                .filter(mount -> !mount.getDest().equals(ROOT))
                .sorted(Comparator.comparing(this::target))
                .toList();
        for (Mount mount : others) {
            String target = checkedTarget(mount);
            switch (mount.getMountType()) {
                case BIND -> bind(mount, target);
                case CACHE -> cache(mount, target);
                case TMPFS -> temp(mount, target);
                case SECRET ->
                    throw Refusals.unsupported(
                            "the secret at " + target, "run the command by the API, with withMountedSecret");
                case SSH -> throw Refusals.unsupported("the SSH agent at " + target, "do without");
                case UNRECOGNIZED ->
                    throw Refusals.unsupported(
                            "a mount of type " + mount.getMountTypeValue(), "use bind, cache or tmpfs");
            }
        }
    }

    /** What the command sees, without the root file system. */
    List<ExecMount> mounts() {
        return mounts;
    }

    /** The inputs of the vertex. */
    List<InputRef> inputs() {
        return inputs;
    }

    /** The outputs of the vertex, by the numbers that the mounts have for them. */
    Map<Long, InputRef> outputs(Vertex exec) {
        var named = new HashMap<Long, InputRef>();
        outputs.forEach((number, output) -> named.put(number, exec.output(output)));
        return named;
    }

    private void root(List<Mount> all) throws ApiException {
        List<Mount> roots =
                all.stream().filter(mount -> mount.getDest().equals(ROOT)).toList();
        if (roots.size() != 1) {
            throw Refusals.invalid(roots.size() + " mounts have the dest /: one has to be the root file system");
        }
        Mount root = roots.getFirst();
        Refusals.refuse(
                root.getMountType() != MountType.BIND, "a root file system that is no tree", "mount a tree at /");
        Refusals.refuse(
                root.getReadonly(), "a read-only root file system", "let it be writable; nobody has to use its output");
        Refusals.refuse(
                !TreePaths.clean(root.getSelector()).isEmpty(),
                "a directory of a tree as root file system (selector)",
                "copy the directory into an empty tree first");
        checkResult(root);
        inputs.add(given.at(root.getInput()));
        name(root.getOutput(), 0);
    }

    private String target(Mount mount) {
        return TreePaths.absolute(meta.getCwd(), mount.getDest());
    }

    private String checkedTarget(Mount mount) throws ApiException {
        TreeText.path(mount.getDest());
        String target = target(mount);
        if (mount.getDest().isEmpty() || target.equals(ROOT)) {
            throw Refusals.invalid("the dest " + Refusals.shown(mount.getDest()) + " is no place for a mount");
        }
        Refusals.refuse(
                target.equals("/dev") || target.equals("/proc") || target.startsWith("/proc/"),
                "a mount at " + target,
                "the container needs its own /dev and /proc; mount below /dev, or elsewhere");
        if (!targets.add(target)) {
            throw Refusals.invalid("two mounts have the dest " + target);
        }
        Refusals.refuse(
                !meta.getRemoveMountStubsRecursive() && target.indexOf('/', 1) > 0,
                "to leave the directories that were made for the mount at " + target,
                "set removeMountStubsRecursive");
        checkResult(mount);
        return target;
    }

    private static void checkResult(Mount mount) throws ApiException {
        Refusals.refuse(!mount.getResultID().isEmpty(), "a mount of a result (resultID)", "mount an input");
    }

    private void bind(Mount mount, String target) throws ApiException {
        if (mount.getReadonly() && mount.getOutput() != NO_OUTPUT) {
            throw Refusals.invalid("the mount at " + target + " is read-only, but has an output");
        }
        Optional<Integer> writable = mount.getReadonly() ? Optional.empty() : Optional.of(++lastOutput);
        if (writable.isPresent()) {
            name(mount.getOutput(), writable.get());
        }
        inputs.add(given.at(mount.getInput()));
        mounts.add(new ExecMount.Tree(
                target, inputs.size() - 1, TreeText.path(mount.getSelector()).substring(1), writable));
    }

    private void cache(Mount mount, String target) throws ApiException {
        String id = mount.getCacheOpt().getID();
        if (id.isEmpty()) {
            throw Refusals.invalid("the cache at " + target + " has no ID");
        }
        refuseContents(mount, "cache at " + target);
        Refusals.refuse(mount.getReadonly(), "a read-only cache", "let the cache at " + target + " be writable");
        CacheSharingOpt sharing = mount.getCacheOpt().getSharing();
        Refusals.refuse(
                sharing == CacheSharingOpt.UNRECOGNIZED,
                "the sharing " + mount.getCacheOpt().getSharingValue() + " of the cache at " + target,
                "choose shared, private or locked");
        CacheVolume volume = new CacheVolume(id, Optional.empty(), sharing.name(), "");
        mounts.add(new ExecMount.Cache(
                target, volume.digest(), volume.exclusive(), Optional.empty(), Owner.ROOT.toString()));
    }

    private void temp(Mount mount, String target) throws ApiException {
        refuseContents(mount, "tmpfs at " + target);
        Refusals.refuse(mount.getReadonly(), "a read-only tmpfs", "let the tmpfs at " + target + " be writable");
        long size = mount.getTmpfsOpt().getSize();
        if (size < 0) {
            throw Refusals.invalid("the size of the tmpfs at " + target + " is negative: " + size);
        }
        mounts.add(new ExecMount.Temp(target, size));
    }

    private static void refuseContents(Mount mount, String what) throws ApiException {
        Refusals.refuse(
                mount.getInput() != Inputs.SCRATCH
                        || !TreePaths.clean(mount.getSelector()).isEmpty(),
                "an input of the " + what,
                "give it the input -1, and let the command fill it");
    }

    private void name(long number, int output) throws ApiException {
        if (number < NO_OUTPUT) {
            throw Refusals.invalid("an output has the number " + number);
        }
        if (number != NO_OUTPUT && outputs.putIfAbsent(number, output) != null) {
            throw Refusals.invalid("two mounts have the output " + number);
        }
    }
}
