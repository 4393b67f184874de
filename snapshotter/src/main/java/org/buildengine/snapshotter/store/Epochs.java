package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Makes committed rows and the files behind them survive a loss of power, in the background. Every row belongs to the
 * epoch in which it was written. Ending an epoch is: begin the next one, synchronise the whole file system, record the
 * ended one as durable with a synchronised write. If the machine went down in between, the next start finds another boot
 * id and drops the rows of all epochs that are not recorded, because files behind them may be incomplete.
 */
final class Epochs implements Closeable {
    private static final System.Logger LOG = System.getLogger(Epochs.class.getName());
    private static final byte[] DURABLE = "durable-epoch".getBytes(StandardCharsets.US_ASCII);
    /** The key of the run of the kernel. */
    static final byte[] BOOT = "boot".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] UNKNOWN_BOOT = "unknown".getBytes(StandardCharsets.US_ASCII);
    private static final int DROP_BATCH = 4096;

    private final Path root;

    /**
     * Open since the start, because the kernel tells each descriptor of a failure that happened since it was opened, and tells
     * one that is opened later only what nobody was told before.
     */
    private final Descriptor onDisk;

    private final StoreWriter writer;
    private final Duration interval;
    private final Thread thread;
    private final Lock lock = new ReentrantLock();
    private final Condition stop = lock.newCondition();
    private boolean closed;

    /** Whether an epoch was ended and is not durable yet. */
    private volatile boolean began;

    /** Whether something that was written did not reach the disk. */
    private volatile boolean mistrusted;

    /** Epochs of the store at {@code root}; {@code onDisk} is any open file there. */
    Epochs(Path root, Descriptor onDisk, StoreWriter writer, Duration interval) {
        this.root = root;
        this.onDisk = onDisk;
        this.writer = writer;
        this.interval = interval;
        this.thread = Thread.ofPlatform().name("epochs").daemon().start(this::run);
    }

    /** What a start finds: the epoch to go on with, and whether rows wait to become durable. */
    record Found(long epoch, boolean dirty) {}

    /** Reads where the last process stopped. Drops nothing yet. */
    static Found read(Database database) throws IOException {
        long durable = durable(database);
        long newest =
                database.lastKey(Table.EPOCH).map(RocksResultStore::number).orElse(durable);
        return new Found(Math.max(durable, newest) + 1, newest > durable);
    }

    private static long durable(Database database) throws IOException {
        return database.get(Table.META, DURABLE).map(RocksResultStore::number).orElse(0L);
    }

    /** Whether the machine was started since, or said that it could not write what it had been given. */
    static boolean lost(Database database, String bootId) throws IOException {
        byte[] boot = bootId.getBytes(StandardCharsets.UTF_8);
        return !Arrays.equals(boot, database.get(Table.META, BOOT).orElse(boot));
    }

    /** Records that all rows and files are of this run of the kernel, and on the disk. */
    static void recordDurable(WriteBatch batch, Database database, String bootId, long epoch) throws IOException {
        try {
            batch.put(database.family(Table.META), BOOT, bootId.getBytes(StandardCharsets.UTF_8));
            batch.put(database.family(Table.META), DURABLE, RocksResultStore.bytes(epoch));
        } catch (RocksDBException e) {
            throw Database.failure("that all is on the disk cannot be recorded", e);
        }
    }

    /** Records the run of the kernel, when all that the one before has lost is sorted out. */
    static void recordBoot(StoreWriter writer, String bootId) throws IOException {
        writer.writeSynced(batch -> batch.put(Table.META, BOOT, bootId.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Drops the rows that may have lost their files, and brings back those whose place they had taken.
     *
     * @return how many rows were dropped
     */
    static long dropLost(Database database, StoreWriter writer) throws IOException {
        // Of several epochs the first says what was there before all of them.
        Map<ByteBuffer, byte[]> before = new LinkedHashMap<>();
        List<byte[]> epochKeys = new ArrayList<>();
        database.scan(Table.EPOCH, RocksResultStore.bytes(durable(database) + 1), (key, value) -> {
            epochKeys.add(key);
            before.putIfAbsent(
                    ByteBuffer.wrap(key, Long.BYTES, key.length - Long.BYTES).slice(), value);
        });
        for (List<Map.Entry<ByteBuffer, byte[]>> part : parted(List.copyOf(before.entrySet()))) {
            writer.write(
                    batch -> part.forEach(row -> restore(batch, row.getKey().duplicate(), row.getValue())));
        }
        // Last, so that a death in between has it all done again.
        for (List<byte[]> part : parted(epochKeys)) {
            writer.write(batch -> part.forEach(key -> batch.delete(Table.EPOCH, key)));
        }
        return before.size();
    }

    private static void restore(StoreWriter.Batch batch, ByteBuffer row, byte[] before) {
        Table table = Table.ofCode(row.get());
        byte[] key = new byte[row.remaining()];
        row.get(key);
        if (before.length > 0) {
            batch.put(table, key, before);
            return;
        }
        batch.delete(table, key);
        if (table == Table.RESULT) {
            batch.delete(Table.USED, key);
        }
    }

    private static <T> List<List<T>> parted(List<T> all) {
        var split = new ArrayList<List<T>>();
        for (int from = 0; from < all.size(); from += DROP_BATCH) {
            split.add(all.subList(from, Math.min(all.size(), from + DROP_BATCH)));
        }
        return split;
    }

    private void run() {
        while (pause()) {
            if (unfinished()) {
                try {
                    endEpoch();
                } catch (IOException e) {
                    LOG.log(Level.WARNING, "the store was not synchronised to its disk; it is tried again", e);
                }
            }
        }
    }

    /** Waits for one interval; {@code false} once closed. */
    private boolean pause() {
        lock.lock();
        try {
            long left = interval.toNanos();
            while (!closed && left > 0) {
                left = stop.awaitNanos(left);
            }
            return !closed;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean unfinished() {
        return !mistrusted && (writer.dirty() || began);
    }

    private void endEpoch() throws IOException {
        WritePoint.EPOCH_ENDING.reached();
        var ended = new AtomicLong();
        began = true;
        writer.write(batch -> ended.set(batch.endEpoch()));
        WritePoint.EPOCH_ENDED.reached();
        synchronise();
        WritePoint.EPOCH_SYNCHRONISED.reached();
        byte[] durable = RocksResultStore.bytes(ended.get());
        writer.writeSynced(batch -> {
            batch.put(Table.META, DURABLE, durable);
            batch.deleteRange(Table.EPOCH, new byte[0], RocksResultStore.bytes(ended.get() + 1));
        });
        began = false;
        WritePoint.EPOCH_DURABLE.reached();
    }

    /**
     * The kernel says once that something could not be written, and forgets it: the next call would succeed. So nothing becomes
     * durable any more, and the next start treats what was not as lost.
     */
    private void synchronise() throws IOException {
        try {
            LinuxFiles.syncFileSystem(onDisk, root.toString());
        } catch (LinuxException e) {
            mistrusted = true;
            new DiskFailures(root).add();
            LOG.log(
                    Level.ERROR,
                    "the disk did not take all that was written to {0} ({1}); results since the last synchronisation count"
                            + " until the engine ends, and are made again after its next start; look into the log of the kernel",
                    root,
                    e.getMessage());
            writer.writeSynced(batch -> batch.put(Table.META, BOOT, UNKNOWN_BOOT));
            throw e;
        }
    }

    /** Ends the last epoch, so that an orderly stop loses nothing. Platform threads only. */
    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closed = true;
            stop.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TimeUnit.MINUTES.toMillis(2));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (unfinished()) {
            endEpoch();
        }
    }
}
