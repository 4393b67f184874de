package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.LinuxFiles;

/**
 * Makes committed rows and the files behind them survive a loss of power, in the background. Every row belongs to the
 * epoch in which it was written. Ending an epoch is: begin the next one, synchronise the whole file system, record the
 * ended one as durable with a synchronised write. If the machine went down in between, the next start finds another boot
 * id and drops the rows of all epochs that are not recorded, because files behind them may be incomplete.
 */
final class Epochs implements Closeable {
    private static final System.Logger LOG = System.getLogger(Epochs.class.getName());
    private static final byte[] DURABLE = "durable-epoch".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BOOT = "boot".getBytes(StandardCharsets.US_ASCII);
    private static final int DROP_BATCH = 4096;

    private final StoreLayout layout;
    private final StoreWriter writer;
    private final Duration interval;
    private final Thread thread;
    private final Lock lock = new ReentrantLock();
    private final Condition stop = lock.newCondition();
    private boolean closed;

    Epochs(StoreLayout layout, StoreWriter writer, Duration interval) {
        this.layout = layout;
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

    /**
     * Drops the rows that may have lost their files if the machine was started since, and records the boot id.
     *
     * @return how many rows were dropped
     */
    static long dropLost(Database database, StoreWriter writer, String bootId) throws IOException {
        byte[] boot = bootId.getBytes(StandardCharsets.UTF_8);
        byte[] recorded = database.get(Table.META, BOOT).orElse(boot);
        var dropped = new AtomicLong();
        if (!Arrays.equals(boot, recorded)) {
            long firstLost = durable(database) + 1;
            var keys = new java.util.ArrayList<byte[]>();
            database.scan(Table.EPOCH, RocksResultStore.bytes(firstLost), (key, value) -> {
                keys.add(key);
                if (keys.size() == DROP_BATCH) {
                    drop(writer, keys);
                    dropped.addAndGet(keys.size());
                    keys.clear();
                }
            });
            drop(writer, keys);
            dropped.addAndGet(keys.size());
        }
        writer.writeSynced(batch -> batch.put(Table.META, BOOT, boot));
        return dropped.get();
    }

    private static void drop(StoreWriter writer, java.util.List<byte[]> epochKeys) throws IOException {
        var keys = java.util.List.copyOf(epochKeys);
        writer.write(batch -> {
            for (byte[] epochKey : keys) {
                var row = ByteBuffer.wrap(epochKey);
                row.getLong();
                Table table = Table.ofCode(row.get());
                byte[] key = new byte[row.remaining()];
                row.get(key);
                batch.delete(table, key);
                batch.delete(Table.EPOCH, epochKey);
            }
        });
    }

    private void run() {
        while (pause()) {
            if (writer.dirty()) {
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

    private void endEpoch() throws IOException {
        var ended = new AtomicLong();
        writer.write(batch -> ended.set(batch.endEpoch()));
        WritePoint.EPOCH_ENDED.reached();
        try (Descriptor root = Descriptor.directory(layout.root().toString())) {
            LinuxFiles.syncFileSystem(root, layout.root().toString());
        }
        WritePoint.EPOCH_SYNCHRONISED.reached();
        byte[] durable = RocksResultStore.bytes(ended.get());
        writer.writeSynced(batch -> {
            batch.put(Table.META, DURABLE, durable);
            batch.deleteRange(Table.EPOCH, new byte[0], RocksResultStore.bytes(ended.get() + 1));
        });
        WritePoint.EPOCH_DURABLE.reached();
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
        if (writer.dirty()) {
            endEpoch();
        }
    }
}
