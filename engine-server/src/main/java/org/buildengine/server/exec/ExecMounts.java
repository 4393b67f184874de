package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CacheVolumes;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOp.ExecMount;

/**
 * The trees of one execution, mounted: its root file system, its further mounts and the stubs they stand on. Used by one
 * thread. Closing gives everything back and discards what was not sealed.
 */
final class ExecMounts implements Closeable {
    private static final int VOLUME_MODE = 0755;

    private final Snapshotter snapshotter;
    private final List<Snapshot> inputs;
    private final List<Closeable> open = new ArrayList<>();
    private final Map<Integer, Workspace> writable = new HashMap<>();
    private final List<ContainerSpec.Mount> mounts = new ArrayList<>();
    private final MountStubs stubs = new MountStubs();
    private final ContainerPaths paths;
    private final Path root;

    ExecMounts(Snapshotter snapshotter, List<Snapshot> inputs, Path underlay) throws IOException {
        this.snapshotter = snapshotter;
        this.inputs = inputs;
        Workspace workspace = snapshotter.workspace(inputs.getFirst(), Optional.of(underlay));
        open.add(workspace);
        writable.put(0, workspace);
        root = workspace.root();
        paths = new ContainerPaths(root);
    }

    Path root() {
        return root;
    }

    ContainerPaths paths() {
        return paths;
    }

    List<ContainerSpec.Mount> list() {
        return mounts;
    }

    /** Notes a mount that the runtime makes by itself. */
    void virtual(String target) throws IOException {
        add(target, Optional.empty(), true, false);
    }

    /** Mounts a file or directory of the engine, read-only. */
    void engineFile(String target, Path file) throws IOException {
        add(target, Optional.of(file), false, false);
        mounts.add(ContainerSpec.Mount.bind(target, file, true));
    }

    /** Mounts what the operation says; a secret's file was written before. */
    void mount(ExecMount mount, Map<ExecMount, Path> secrets) throws IOException {
        switch (mount) {
            case ExecMount.Tree tree -> tree(tree);
            case ExecMount.Cache cache -> cache(cache);
            case ExecMount.Temp temp -> {
                virtual(temp.target());
                mounts.add(new ContainerSpec.Mount(temp.target(), Optional.empty(), false, temp.size()));
            }
            case ExecMount.Secret secret -> {
                Path file = Optional.ofNullable(secrets.get(secret)).orElseThrow();
                engineFile(secret.target(), file);
            }
        }
    }

    private void tree(ExecMount.Tree tree) throws IOException {
        Path base;
        if (tree.writable().isPresent()) {
            Workspace workspace = snapshotter.workspace(inputs.get(tree.input()));
            open.add(workspace);
            writable.put(tree.writable().get(), workspace);
            base = workspace.root();
        } else {
            MountedSnapshot mounted = snapshotter.mount(inputs.get(tree.input()));
            open.add(mounted);
            base = mounted.root();
        }
        ContainerPaths.Place source = new ContainerPaths(base).locate(tree.source());
        Path host = source.host().orElseThrow();
        if (!Files.exists(host, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(
                    "cannot mount " + tree.source() + " at " + tree.target() + ": no such file or directory");
        }
        boolean directory = Files.isDirectory(host, LinkOption.NOFOLLOW_LINKS);
        add(tree.target(), Optional.of(host), directory, tree.writable().isPresent());
        mounts.add(ContainerSpec.Mount.bind(tree.target(), host, tree.writable().isEmpty()));
    }

    private void cache(ExecMount.Cache cache) throws IOException {
        Optional<CacheVolumes.Seed> seed = Optional.empty();
        if (cache.seed().isPresent()) {
            Tree tree = snapshotter.tree(inputs.get(cache.seed().get().input()));
            String wanted = cache.seed().get().source();
            Node node = tree.resolve(wanted, true)
                    .orElseThrow(() -> new IOException("cannot fill the cache volume at " + cache.target() + " from "
                            + wanted + ": no such file or directory"));
            seed = Optional.of(new CacheVolumes.Seed(tree, node.path()));
        }
        CacheVolumes.Volume volume = snapshotter
                .cacheVolumes()
                .use(cache.volume(), "cache volume at " + cache.target(), seed, owner(cache.owner()));
        open.add(volume);
        Path directory = volume.directory();
        add(cache.target(), Optional.of(directory), true, false);
        mounts.add(ContainerSpec.Mount.bind(cache.target(), directory, false));
    }

    private static Attributes owner(String owner) {
        Attributes attributes = Attributes.ofMode(VOLUME_MODE);
        if (owner.isEmpty()) {
            return attributes;
        }
        String[] parts = owner.split(":", 2);
        int uid = Integer.parseUnsignedInt(parts[0]);
        return attributes.withOwner(uid, parts.length == 2 ? Integer.parseUnsignedInt(parts[1]) : uid);
    }

    private void add(String target, Optional<Path> source, boolean directory, boolean kept) throws IOException {
        ContainerPaths.Place at = paths.locate(target);
        if (at.kept() && at.base().isPresent()) {
            stubs.make(at.base().get(), at.host().orElseThrow(), directory);
        }
        paths.mount(at, source, kept);
    }

    /** Makes the working directory, with its owner, if it is not there and lies in a tree that is kept. */
    void workingDirectory(String cwd, Identity owner) throws IOException {
        ContainerPaths.Place at = paths.locate(cwd);
        if (!at.kept() || at.host().isEmpty() || Files.exists(at.host().get(), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path host = at.host().get();
        Files.createDirectories(host);
        Files.setAttribute(host, "unix:mode", 0755);
        Files.setAttribute(host, "unix:uid", owner.uid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(host, "unix:gid", owner.gid(), LinkOption.NOFOLLOW_LINKS);
    }

    /** Removes the stubs and turns what was changed into layers, unless that is given up; gives the outputs in order. */
    List<Snapshot> seal(ExecOp op, BooleanSupplier givenUp) throws IOException {
        stubs.remove();
        var outputs = new ArrayList<Snapshot>();
        for (int i = 0; i < op.outputs(); i++) {
            Workspace workspace = Optional.ofNullable(writable.get(i))
                    .orElseThrow(
                            () -> new IllegalArgumentException("the outputs of the mounts are not numbered from 1"));
            outputs.add(workspace.seal(givenUp));
        }
        return outputs;
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (Closeable resource : open.reversed()) {
            try {
                resource.close();
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        open.clear();
        if (failure != null) {
            throw failure;
        }
    }
}
