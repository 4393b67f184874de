package org.buildengine.snapshotter;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.buildengine.snapshotter.blob.DiskBlobStore;
import org.buildengine.snapshotter.cache.DiskCacheVolumes;
import org.buildengine.snapshotter.collection.DiskCollector;
import org.buildengine.snapshotter.collection.Headroom;
import org.buildengine.snapshotter.conversion.Conversion;
import org.buildengine.snapshotter.conversion.ConversionRules;
import org.buildengine.snapshotter.layer.DiskLayers;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.layer.LayerStaging;
import org.buildengine.snapshotter.layer.Layers;
import org.buildengine.snapshotter.layer.RoomyStaging;
import org.buildengine.snapshotter.linux.DiskSpace;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.mount.MountPoints;
import org.buildengine.snapshotter.mount.MountProbe;
import org.buildengine.snapshotter.mount.Mounter;
import org.buildengine.snapshotter.mount.Overlay;
import org.buildengine.snapshotter.store.HoldTimes;
import org.buildengine.snapshotter.store.Store;
import org.buildengine.snapshotter.store.StoreLayout;

/**
 * The snapshotter over one directory of this host. Puts the parts of the module together and owns their life; every
 * method may be called from virtual threads, and hands what can block in the kernel to platform threads.
 */
public final class DiskSnapshotter implements Snapshotter {
    private static final System.Logger LOG = System.getLogger(DiskSnapshotter.class.getName());

    private final Store store;
    private final MountPoints points;
    private final Layers layers;
    private final Mounter mounter;
    private final BlobStore blobs;
    private final DiskCacheVolumes cacheVolumes;
    private final CacheCollector collector;
    private final Headroom headroom;
    private final LayerForm form;
    private final Optional<Conversion> conversion;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Makes the part that writes and reads layers. */
    @FunctionalInterface
    public interface LayersFactory {
        /** Called once per snapshotter. */
        Layers create(LayerStaging staging, LayerCatalog catalog) throws IOException;
    }

    /** Something to be done before a root directory is cleared of what a predecessor left. */
    @FunctionalInterface
    public interface Preparation {
        /** Called once, with the root locked; a failure keeps the store from opening. */
        void prepare() throws IOException;
    }

    /**
     * What can be chosen. Start from {@link Options#defaults}.
     *
     * @param form the form of new layers, or empty for the best one that a probe finds
     * @param bootId names the run of the kernel, or empty to ask the kernel
     * @param epochInterval after how long at most results are made safe against a loss of power
     * @param clock gives results their time
     * @param layers makes the part that writes and reads layers
     * @param conversion which layers of executions become images, and when; none where images cannot be mounted
     * @param preparation done when this process owns the root and before anything there is cleared away
     */
    public record Options(
            Optional<LayerForm> form,
            Optional<String> bootId,
            Duration epochInterval,
            InstantSource clock,
            LayersFactory layers,
            ConversionRules conversion,
            Preparation preparation) {

        /** What a daemon wants. */
        public static Options defaults() {
            return with(DiskLayers::new);
        }

        /** What a daemon wants, with this way to write and read layers. */
        public static Options with(LayersFactory layers) {
            return new Options(
                    Optional.empty(),
                    Optional.empty(),
                    Duration.ofSeconds(5),
                    InstantSource.system(),
                    layers,
                    ConversionRules.DEFAULT,
                    () -> {});
        }

        /** The same with a form of layers that is not probed for. */
        public Options withForm(LayerForm forced) {
            return new Options(Optional.of(forced), bootId, epochInterval, clock, layers, conversion, preparation);
        }

        /** The same with an invented run of the kernel. */
        public Options withBootId(String invented) {
            return new Options(form, Optional.of(invented), epochInterval, clock, layers, conversion, preparation);
        }

        /** The same with another pace of synchronisation. */
        public Options withEpochInterval(Duration interval) {
            return new Options(form, bootId, interval, clock, layers, conversion, preparation);
        }

        /** The same with other rules for what becomes an image in the background. */
        public Options withConversion(ConversionRules rules) {
            return new Options(form, bootId, epochInterval, clock, layers, rules, preparation);
        }

        /** The same with something to be done first: ending what a killed predecessor left running. */
        public Options withPreparation(Preparation first) {
            return new Options(form, bootId, epochInterval, clock, layers, conversion, first);
        }
    }

    private DiskSnapshotter(StoreLayout layout, Store store, MountPoints points, LayerForm form, Options options)
            throws IOException {
        this.store = store;
        this.points = points;
        this.form = form;
        this.headroom = new Headroom(layout.root(), store);
        this.layers = options.layers().create(new RoomyStaging(store.layers(), headroom), store.layers());
        Optional<Overlay> overlay = new MountProbe(points, scratch(layout)).overlay();
        if (overlay.isEmpty()) {
            LOG.log(Level.WARNING, "overlays cannot be mounted here, so nothing can be executed");
        }
        this.mounter =
                new Mounter(layout, store.layers(), layers, store.trash(), points, form, overlay, store.delays());
        this.blobs = new DiskBlobStore(layout, store.blobs(), headroom);
        this.cacheVolumes = new DiskCacheVolumes(layout, store.trash(), store.volumes(), headroom, store.delays());
        this.collector = new DiskCollector(layout.root(), store, cacheVolumes, mounter::forget, options.clock());
        headroom.collectWith(collector);
        this.conversion = form.image()
                ? Optional.of(new Conversion(store, layers, mounter, headroom, options.conversion(), options.clock()))
                : Optional.empty();
    }

    private static Path scratch(StoreLayout layout) {
        return layout.work().resolve("probe-" + UUID.randomUUID());
    }

    /**
     * Opens the store at {@code root}, or makes one. What a killed predecessor left is cleared away and never keeps the
     * store from opening.
     *
     * @throws org.buildengine.snapshotter.store.StoreInUseException if another process uses it; names the process
     * @throws org.buildengine.snapshotter.store.StoreFormatException if a newer version of the engine wrote it
     */
    public static DiskSnapshotter open(Path root, Options options) throws IOException {
        return NativeThreads.run(() -> {
            try {
                return openHere(root, options);
            } catch (IOException e) {
                throw DiskWrites.full(e) ? full(root, e) : e;
            }
        });
    }

    /** The error of a start on a full disk, where nothing can be pruned. */
    private static IOException full(Path root, IOException e) throws IOException {
        Path there = root.toAbsolutePath();
        while (!Files.exists(there)) {
            there = there.resolveSibling("..").normalize();
        }
        DiskSpace disk = DiskSpace.at(there.toString());
        boolean files = disk.files() > 0 && disk.freeFiles() == 0;
        return new IOException(
                e.getMessage() + "; " + (files ? disk.freeFilesOfAll() : disk.freeBytesOfAll()) + " are free at "
                        + there + ": free some space there, or make that file system larger",
                e);
    }

    private static DiskSnapshotter openHere(Path root, Options options) throws IOException {
        StoreLayout layout = StoreLayout.create(root);
        try (Store.Locked locked = Store.lock(layout)) {
            options.preparation().prepare();
            var points = new MountPoints(layout.mounts());
            points.clear();
            locked.makeRoom();
            LayerForm form = options.form().isPresent()
                    ? options.form().get()
                    : new MountProbe(points, scratch(layout)).layerForm();
            String bootId = options.bootId().isPresent() ? options.bootId().get() : Store.Settings.kernelBootId();
            var settings = new Store.Settings(form, bootId, options.epochInterval(), options.clock());
            Store store = locked.open(settings);
            try {
                return new DiskSnapshotter(layout, store, points, form, options);
            } catch (IOException | RuntimeException e) {
                store.close();
                throw e;
            }
        }
    }

    /** The form in which layers are written here. */
    public LayerForm layerForm() {
        return form;
    }

    @Override
    public BlobStore blobs() {
        return blobs;
    }

    @Override
    public ResultStore results() {
        return store.results();
    }

    @Override
    public CacheVolumes cacheVolumes() {
        return cacheVolumes;
    }

    @Override
    public CacheCollector collector() {
        return collector;
    }

    /** What makes images of directories; nobody does where images cannot be mounted. */
    public Optional<Conversion> conversion() {
        return conversion;
    }

    /** How long passes of the collector held up everybody else who writes to the store. */
    public HoldTimes collectorHolds() {
        return store.removalHolds();
    }

    @Override
    public BuildRows buildRows() {
        return store.buildRows();
    }

    @Override
    public LayerWriter writeLayer(String purpose) throws IOException {
        return layers.write(purpose);
    }

    @Override
    public Tree tree(Snapshot snapshot) throws IOException {
        return layers.tree(snapshot);
    }

    @Override
    public TreeEditor edit(Snapshot base) throws IOException {
        return layers.edit(base);
    }

    @Override
    public SealedLayer importLayer(InputStream archive, Optional<Digest> diffId) throws IOException {
        return layers.importLayer(archive, diffId);
    }

    @Override
    public PackedLayer packLayer(LayerId layer, PackOptions options, OutputStream out) throws IOException {
        return layers.packLayer(layer, options, out);
    }

    @Override
    public Snapshot stack(List<Snapshot> lowestFirst) throws IOException {
        return layers.stack(lowestFirst);
    }

    @Override
    public Snapshot diff(Tree lower, String lowerPath, Tree upper, String upperPath) throws IOException {
        return layers.diff(lower, lowerPath, upper, upperPath);
    }

    @Override
    public Snapshot changes(Tree lower, Tree upper) throws IOException {
        return layers.changes(lower, upper);
    }

    @Override
    public Snapshot subtree(Tree tree, String path) throws IOException {
        return layers.subtree(tree, path);
    }

    @Override
    public Workspace workspace(Snapshot base, Optional<Path> underlay) throws IOException {
        headroom.keepFree();
        Workspace workspace = DiskWrites.make("a workspace", headroom, () -> mounter.workspace(base, underlay));
        return new WatchedWorkspace(headroom, headroom.watch(), workspace);
    }

    /** A workspace, while whose executions write room is kept free. */
    private record WatchedWorkspace(Headroom headroom, Closeable watch, Workspace workspace) implements Workspace {
        @Override
        public Path root() {
            return workspace.root();
        }

        @Override
        public Snapshot seal(BooleanSupplier givenUp) throws IOException {
            return workspace.seal(givenUp);
        }

        @Override
        public void close() throws IOException {
            try (watch;
                    workspace) {
                headroom.lookAtTheEnd();
            }
        }
    }

    @Override
    public boolean moreRoom(boolean said) throws IOException {
        return headroom.makeMore(said);
    }

    @Override
    public List<Delay> delays() {
        return store.delays().now();
    }

    @Override
    public MountedSnapshot mount(Snapshot snapshot) throws IOException {
        return mounter.mount(snapshot);
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            NativeThreads.run(() -> {
                conversion.ifPresent(Conversion::close);
                try (headroom) {
                    mounter.close();
                } finally {
                    try {
                        points.clear();
                    } finally {
                        store.close();
                    }
                }
                return store;
            });
        } catch (IOException e) {
            LOG.log(Level.WARNING, "closing the snapshotter left something mounted", e);
        }
    }
}
