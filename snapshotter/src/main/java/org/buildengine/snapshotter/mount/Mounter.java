package org.buildengine.snapshotter.mount;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.snapshotter.erofs.ReadAhead;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.layer.Layers;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.store.StoreLayout;
import org.buildengine.snapshotter.store.Trash;

/**
 * Mounts snapshots. Images of layers and read-only views are mounted once and shared; some stay mounted while nobody
 * uses them, since the next step will. Safe for use by several threads, virtual ones included.
 */
public final class Mounter implements Closeable {
    private static final int IDLE_LAYERS = 128;
    private static final int IDLE_VIEWS = 8;

    private final StoreLayout layout;
    private final Layers layers;
    private final Trash trash;
    private final MountPoints points;
    private final Optional<Overlay> overlay;
    private final List<Path> empties;

    /** By layers: one, or several that are written as one. */
    private final Shared<List<LayerId>, Lowers.Lower> lowers;

    private final Flattening flattening;
    private final Shared<Snapshot, View> views;

    private record View(Path path, Stack stack) {}

    /** The layers of a snapshot in use, the topmost first. */
    private record Stack(List<Shared<List<LayerId>, Lowers.Lower>.Use> uses) {
        List<Path> paths() {
            return uses.stream().map(use -> use.value().path()).toList();
        }

        /** Says that all of it is about to be read. */
        void used() {
            uses.forEach(use -> use.value().image().ifPresent(ReadAhead.Image::used));
        }

        void release() throws IOException {
            IOException failure = null;
            for (var use : uses) {
                try {
                    use.close();
                } catch (IOException e) {
                    if (failure == null) {
                        failure = e;
                    } else {
                        failure.addSuppressed(e);
                    }
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
    }

    /**
     * Sets up what all mounts share.
     *
     * @param overlay how to mount overlays, or empty if this host cannot; mounting fails with the reason then
     * @param delays where those who wait for a mount of another say so
     */
    public Mounter(
            StoreLayout layout,
            LayerCatalog catalog,
            Layers layers,
            Trash trash,
            MountPoints points,
            LayerForm form,
            Optional<Overlay> overlay,
            Delays delays)
            throws IOException {
        this.layout = layout;
        this.layers = layers;
        this.trash = trash;
        this.points = points;
        this.overlay = overlay;
        var directories = new Lowers(layout, catalog, layers, trash, points, form);
        this.lowers =
                new Shared<>(IDLE_LAYERS, directories::open, directories::close, delays, group -> layers(group.size()));
        this.views = new Shared<>(
                IDLE_VIEWS,
                this::openView,
                this::closeView,
                delays,
                snapshot -> layers(snapshot.layers().size()));
        this.flattening = new Flattening(lowers);
        this.empties = List.of(points.createEmpty("empty"), points.createEmpty("empty-too"));
    }

    private static String layers(int count) {
        return count == 1 ? "a layer" : count + " layers";
    }

    /** See {@link org.buildengine.snapshotter.Snapshotter#workspace}. */
    public Workspace workspace(Snapshot base, Optional<Path> underlay) throws IOException {
        return NativeThreads.run(() -> openWorkspace(base, underlay));
    }

    /** See {@link org.buildengine.snapshotter.Snapshotter#mount}. */
    public MountedSnapshot mount(Snapshot snapshot) throws IOException {
        var use = NativeThreads.run(() -> views.use(snapshot));
        use.value().stack().used();
        return new MountedSnapshot() {
            @Override
            public Path root() {
                return use.value().path();
            }

            @Override
            public void close() throws IOException {
                NativeThreads.run(() -> {
                    use.close();
                    return use;
                });
            }
        };
    }

    private Overlay overlay() throws IOException {
        return overlay.orElseThrow(() -> new IOException("this process cannot mount overlays: it needs the rights of"
                + " root (CAP_SYS_ADMIN), a kernel with the overlay file system, and a root directory on a file system that can"
                + " lie below one, which an overlay itself cannot; engine doctor tries it"));
    }

    private Stack stack(Snapshot snapshot) throws IOException {
        var stack = new Stack(new ArrayList<>());
        try {
            // A layer that stands in the list twice counts where it stands highest; the kernel takes none twice.
            var topFirst = List.copyOf(new LinkedHashSet<>(snapshot.layers().reversed()));
            List<List<LayerId>> groups =
                    LowerGroups.of(topFirst.reversed(), overlay().many(), layers::contentBytes);
            for (List<LayerId> part : flattening.parts(groups, overlay().most()).reversed()) {
                stack.uses().add(lowers.use(part));
            }
            return stack;
        } catch (IOException | RuntimeException e) {
            release(stack, e);
            throw e;
        }
    }

    private static void release(Stack stack, Exception because) {
        try {
            stack.release();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private Path pointFor(Stack stack) throws IOException {
        try {
            return points.create();
        } catch (IOException e) {
            release(stack, e);
            throw e;
        }
    }

    private View openView(Snapshot snapshot) throws IOException {
        Stack stack = stack(snapshot);
        Path point = pointFor(stack);
        try {
            List<Path> paths = new ArrayList<>(stack.paths());
            // The kernel wants two lowers where there is no upper.
            for (int i = 0; paths.size() < 2; i++) {
                paths.add(empties.get(i));
            }
            overlay().mount(point, paths, Optional.empty());
            return new View(point, stack);
        } catch (IOException | RuntimeException e) {
            points.remove(point);
            release(stack, e);
            throw e;
        }
    }

    private void closeView(View view) throws IOException {
        try {
            points.release(view.path());
        } finally {
            view.stack().release();
        }
    }

    private Workspace openWorkspace(Snapshot base, Optional<Path> underlay) throws IOException {
        Stack stack = stack(base);
        var directory = WorkspaceDirectory.in(layout.work());
        Path point = pointFor(stack);
        try {
            var paths = new ArrayList<>(stack.uses().isEmpty() ? empties.subList(0, 1) : stack.paths());
            FileStatus root = LinuxFiles.status(paths.getFirst().toString());
            underlay.ifPresent(paths::add);
            directory.make();
            adopt(root, paths.getFirst().toString(), directory.upper().toString());
            WritePoint.WORKSPACE_MADE.reached();
            overlay().mount(point, paths, Optional.of(directory.writable()));
            WritePoint.WORKSPACE_MOUNTED.reached();
            stack.used();
            return new OverlayWorkspace(base, stack, directory, point, root);
        } catch (IOException | RuntimeException e) {
            points.remove(point);
            directory.discard(trash);
            release(stack, e);
            throw e;
        }
    }

    /** Gives the upper the attributes of the root below it, since the topmost directory decides those of an overlay. */
    private static void adopt(FileStatus root, String lower, String upper) throws IOException {
        LinuxFiles.chown(upper, root.uid(), root.gid());
        LinuxFiles.chmod(upper, root.mode());
        for (var xattr : LinuxFiles.xattrs(lower).entrySet()) {
            if (!xattr.getKey().startsWith("trusted.overlay.")) {
                LinuxFiles.setXattr(upper, xattr.getKey(), xattr.getValue());
            }
        }
        LinuxFiles.setMtime(upper, root.mtimeNanos());
    }

    /** Unmounts what is kept for later use of these layers. */
    public void forget(Collection<LayerId> gone) throws IOException {
        NativeThreads.run(() -> {
            try {
                views.disposeIdle(snapshot -> snapshot.layers().stream().anyMatch(gone::contains));
            } finally {
                flattening.forget(group -> group.stream().anyMatch(gone::contains));
                lowers.disposeIdle(group -> group.stream().anyMatch(gone::contains));
            }
            return points;
        });
    }

    /**
     * Has whoever mounts a layer from now on see the form that it has now. What is mounted stays as long as it is used.
     *
     * @param unused run when nothing is mounted of what was there before, by the thread that unmounts it
     */
    public void replaced(LayerId layer, Runnable unused) throws IOException {
        List<LayerId> alone = List.of(layer);
        NativeThreads.run(() -> {
            // in this order, so that no view of the old form is made after the views
            try {
                lowers.retire(alone::equals, unused);
            } finally {
                views.retire(snapshot -> snapshot.layers().contains(layer), () -> {});
            }
            return points;
        });
    }

    /** Makes nothing ahead any more, and unmounts what is kept for later use. */
    @Override
    public void close() throws IOException {
        NativeThreads.run(() -> {
            try {
                flattening.close();
                views.disposeIdle(_ -> true);
            } finally {
                lowers.disposeIdle(_ -> true);
            }
            return points;
        });
    }

    private final class OverlayWorkspace implements Workspace {
        private final Snapshot base;
        private final Stack stack;
        private final WorkspaceDirectory directory;
        private final Path point;
        private final FileStatus rootBefore;
        private final AtomicBoolean closed = new AtomicBoolean();
        private boolean mounted = true;
        private boolean sealed;

        OverlayWorkspace(Snapshot base, Stack stack, WorkspaceDirectory directory, Path point, FileStatus rootBefore) {
            this.base = base;
            this.stack = stack;
            this.directory = directory;
            this.point = point;
            this.rootBefore = rootBefore;
        }

        @Override
        public Path root() {
            return point;
        }

        @Override
        public Snapshot seal(BooleanSupplier givenUp) throws IOException {
            if (closed.get() || sealed) {
                throw new IllegalStateException("the workspace was sealed or closed before");
            }
            Path upper = directory.upper();
            Snapshot result = NativeThreads.run(() -> {
                if (!changed(upper) || layers.onlyVisited(upper, base)) {
                    // Unmounted by closing, which nobody waits for: the kernel waits for every processor to do it.
                    return base;
                }
                if (mounted) {
                    points.end(point);
                    mounted = false;
                    WritePoint.WORKSPACE_UNMOUNTED.reached();
                    stack.release();
                }
                return layers.sealUpper(upper, base, givenUp);
            });
            sealed = true;
            return result;
        }

        private boolean changed(Path upper) throws IOException {
            FileStatus now = LinuxFiles.status(upper.toString());
            if (now.mode() != rootBefore.mode()
                    || now.uid() != rootBefore.uid()
                    || now.gid() != rootBefore.gid()
                    || now.mtimeNanos() != rootBefore.mtimeNanos()) {
                return true;
            }
            try (var entries = Files.newDirectoryStream(upper)) {
                return entries.iterator().hasNext();
            }
        }

        private void unmount() throws IOException {
            if (mounted) {
                mounted = false;
                try {
                    points.release(point);
                } finally {
                    stack.release();
                }
            }
        }

        @Override
        public void close() throws IOException {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            NativeThreads.run(() -> {
                try {
                    unmount();
                } finally {
                    directory.discard(trash);
                }
                return directory;
            });
        }
    }
}
