package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.DiskSpace;
import org.buildengine.snapshotter.linux.TreeRemoval;

/**
 * The store as a whole: takes the lock, opens the database, sorts out what the last process left, and closes it all in
 * the right order. Opening and closing are for platform threads, the parts say what they are for.
 */
public final class Store implements Closeable {
    private static final System.Logger LOG = System.getLogger(Store.class.getName());

    /**
     * The format that this version writes. It reads all before it as they are, and what it writes anew is in this one: 1 had no
     * origins in the rows of results, no uses and no tombstones; 2 no volumes, and nothing in the rows of epochs; 3 no uses in the
     * rows of volumes.
     */
    static final int FORMAT = 4;

    /** The native library of the database, which may have to be unpacked, and some room for its logs. */
    private static final long ROOM_TO_OPEN = 64 << 20;

    static final byte[] FORMAT_KEY = "format".getBytes(StandardCharsets.US_ASCII);

    private final Path root;
    private final RootLock lock;
    private final Database database;
    private final StoreWriter writer;
    private final Epochs epochs;
    private final Trash trash;
    private final LayerShelf layers;
    private final BlobTable blobs;
    private final RocksResultStore results;
    private final VolumeTable volumes;
    private final BuildRows buildRows;
    private final Removal.Parts removal;
    private final Delays delays = new Delays();
    private final HoldTimes holds = new HoldTimes();
    private boolean closed;

    /**
     * How to open.
     *
     * @param form the form of new layers
     * @param bootId names the run of the kernel; rows that were not durable when it changed are dropped
     * @param epochInterval how often what was written is synchronised, at most
     * @param clock gives results their time
     */
    public record Settings(LayerForm form, String bootId, Duration epochInterval, InstantSource clock) {
        /** Reads the boot id that the kernel gives. */
        public static String kernelBootId() throws IOException {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id"), StandardCharsets.US_ASCII)
                    .strip();
        }

        /** The same, with rows from before a failure of the disk being dropped as well. */
        private Settings trusting(DiskFailures failures) {
            return new Settings(form, failures.since(bootId), epochInterval, clock);
        }
    }

    private Store(StoreLayout layout, RootLock lock, Database database, Settings settings) throws IOException {
        this.root = layout.root();
        this.lock = lock;
        this.database = database;
        var found = Epochs.read(database);
        this.writer = new StoreWriter(database, found.epoch(), found.dirty(), StoreWriter.DEADLINE, delays);
        this.trash = new Trash(layout.trash());
        this.layers = new LayerShelf(layout, writer, trash, settings.form(), settings.clock());
        this.blobs = new BlobTable(writer, settings.clock());
        try {
            boolean lost = Epochs.lost(database, settings.bootId());
            if (lost) {
                long dropped = Epochs.dropLost(database, writer);
                LOG.log(
                        Level.INFO,
                        "the machine was restarted, or its disk failed: {0} rows that had not reached the disk go",
                        dropped);
            }
            new Reconciliation(layout, database, writer, trash, lost).run(layers, blobs, settings.clock());
            Epochs.recordBoot(writer, settings.bootId());
            WritePoint.BOOT_RECORDED.reached();
            var numbers = RocksResultStore.ResultNumbers.restore(database);
            this.results = new RocksResultStore(database, writer, layers, blobs, numbers, settings.clock());
            this.buildRows = new StoredRows(database, writer);
            this.volumes = new VolumeTable(database, writer, settings.clock());
            this.removal = new Removal.Parts(
                    layout,
                    database,
                    writer,
                    trash,
                    layers,
                    blobs,
                    results,
                    new Sizes(layout),
                    new Semaphore(1),
                    delays,
                    holds);
            this.epochs = new Epochs(layout.root(), lock.descriptor(), writer, settings.epochInterval());
        } catch (IOException | RuntimeException e) {
            writer.close();
            trash.close();
            throw e;
        }
    }

    /**
     * Takes the lock of the root directory; {@link Locked#open} follows once the caller has cleaned up what it needs the lock
     * for, such as mounts that a predecessor left.
     *
     * @throws StoreInUseException if another process has it
     */
    public static Locked lock(StoreLayout layout) throws IOException {
        return new Locked(layout, RootLock.take(layout));
    }

    /** A root directory that belongs to this process. Closing gives it back unless a store was opened. */
    public static final class Locked implements Closeable {
        private final StoreLayout layout;
        private final RootLock lock;
        private boolean passedOn;

        private Locked(StoreLayout layout, RootLock lock) {
            this.layout = layout;
            this.lock = lock;
        }

        /**
         * Removes what is in the trash and what was being made, if the disk is nearly full: that may be what fills it, and to open
         * takes space, of which some was set aside. Otherwise it goes in the background later.
         */
        public void makeRoom() throws IOException {
            if (DiskSpace.at(layout.root().toString()).free() >= ROOM_TO_OPEN) {
                return;
            }
            for (Path directory : List.of(layout.trash(), layout.work())) {
                try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory)) {
                    for (Path leftover : leftovers) {
                        TreeRemoval.remove(leftover.toString());
                    }
                } catch (IOException | DirectoryIteratorException e) {
                    LOG.log(Level.WARNING, "leftovers of the last run stay in " + directory, e);
                }
            }
            new Reserve(layout.reserve()).releaseIfNearlyFull();
        }

        /**
         * Opens the store. Neither leftovers nor damage prevent it.
         *
         * @throws StoreFormatException if a newer version wrote it
         */
        public Store open(Settings settings) throws IOException {
            WritePoint.ROOT_LOCKED.reached();
            Settings trusting = settings.trusting(new DiskFailures(layout.root()));
            try {
                return openDatabase(trusting);
            } catch (DamagedStoreException e) {
                // Noticed while its rows were read; the second opening saves what can be had of them.
                return openDatabase(trusting);
            }
        }

        private Store openDatabase(Settings settings) throws IOException {
            Database database = Database.open(layout.database(), settings.bootId());
            try {
                WritePoint.DATABASE_OPENED.reached();
                checkFormat(layout.root(), database);
                WritePoint.FORMAT_RECORDED.reached();
                var store = new Store(layout, lock, database, settings);
                database.reserve().fill();
                passedOn = true;
                return store;
            } finally {
                if (!passedOn) {
                    database.close();
                }
            }
        }

        @Override
        public void close() {
            if (!passedOn) {
                lock.close();
            }
        }
    }

    private static void checkFormat(Path root, Database database) throws IOException {
        var recorded = database.get(Table.META, FORMAT_KEY).map(RocksResultStore::number);
        if (recorded.isPresent()) {
            checkReadable(root, recorded.get());
            if (recorded.get() == FORMAT) {
                return;
            }
        }
        try (var batch = new org.rocksdb.WriteBatch()) {
            batch.put(database.family(Table.META), FORMAT_KEY, RocksResultStore.bytes(FORMAT));
            database.write(batch, true);
        } catch (org.rocksdb.RocksDBException e) {
            throw Database.failure("the format of the store cannot be recorded", e);
        }
    }

    /** Refuses a format that is newer than ours. */
    static void checkReadable(Path root, long format) throws StoreFormatException {
        if (format > FORMAT) {
            throw new StoreFormatException(root, format, FORMAT);
        }
    }

    /** The results. */
    public ResultStore results() {
        return results;
    }

    /** What builds asked for. */
    public BuildRows buildRows() {
        return buildRows;
    }

    /** The layers. */
    public LayerShelf layers() {
        return layers;
    }

    /** What is known of cache volumes. */
    public VolumeTable volumes() {
        return volumes;
    }

    /** The blobs that are here. */
    public BlobTable blobs() {
        return blobs;
    }

    /**
     * Begins to take results out; waits for the end of an earlier pass. Platform threads only.
     *
     * @throws IOException if the store cannot be read, or the caller was interrupted
     */
    public Removal remove() throws IOException {
        return Removal.begin(removal);
    }

    /** Bytes of allocated blocks of a layer. Platform threads only. */
    public long layerBytes(LayerId layer) throws IOException {
        return removal.sizes().ofLayers(List.of(layer)).getOrDefault(layer, 0L);
    }

    /**
     * Begins to make another form of a layer. Platform threads only.
     *
     * @throws IOException if there is no place for it
     */
    public LayerReplacement replace(LayerId layer) throws IOException {
        return new LayerReplacement(removal.layout(), layers, trash, removal.sizes(), layer);
    }

    /** How long passes that take results out held up everybody else who writes. */
    public HoldTimes removalHolds() {
        return holds;
    }

    /** Who waits for the store, and for what uses it. */
    public Delays delays() {
        return delays;
    }

    /** Space that is set aside for the rows of the store. */
    public Reserve reserve() {
        return database.reserve();
    }

    /** Where trees go that nobody needs. */
    public Trash trash() {
        return trash;
    }

    /** Synchronises what was written, closes everything and gives the lock back. Closing twice does nothing. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            results.uses().write();
            epochs.close();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the last results at " + root + " may be lost if the power fails now", e);
        }
        WritePoint.LAST_EPOCH_ENDED.reached();
        trash.close();
        writer.close();
        WritePoint.WRITER_CLOSED.reached();
        database.close();
        WritePoint.DATABASE_CLOSED.reached();
        lock.close();
    }
}
