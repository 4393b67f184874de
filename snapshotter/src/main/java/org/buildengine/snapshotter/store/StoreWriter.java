package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.snapshotter.fault.WritePoint;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * The one thread that changes the database. It takes what is queued, up to a limit, into one batch and never waits for
 * more, so a lone change is written at once and a crowd shares a write. Each change is all or nothing, and sees the
 * changes before it, those of the same batch included. Submitting is for any thread and blocks while the queue is full.
 */
final class StoreWriter implements Closeable {
    private static final System.Logger LOG = System.getLogger(StoreWriter.class.getName());
    private static final int QUEUE = 1024;
    private static final int BATCH = 512;
    /** How long a change may take until those who wait for it are told. */
    static final Duration DEADLINE = Duration.ofMinutes(2);

    private static final byte[] NOTHING = new byte[0];

    private final Database database;
    private final BlockingQueue<Pending> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Duration deadline;
    private final Delays delays;
    private final BatchWatch<List<Pending>> watch;
    private final Thread thread;
    private volatile boolean closed;

    /** What ended the thread, if that was not {@link #close}. */
    private volatile Optional<Throwable> broken = Optional.empty();

    /** Written by the writer thread only; rows of a batch carry the epoch in which it was written. */
    private volatile long epoch;

    private volatile boolean dirty;

    /** A change: reads and puts through the batch it is given. Runs on the writer thread. */
    @FunctionalInterface
    interface Change {
        void apply(Batch batch) throws IOException;
    }

    private record Pending(
            Change change,
            boolean synced,
            Optional<HoldTimes> times,
            Optional<Awaiting> awaiting,
            CompletableFuture<Void> done) {
        Pending(Change change, boolean synced, Optional<HoldTimes> times, Optional<Awaiting> awaiting) {
            this(change, synced, times, awaiting, new CompletableFuture<>());
        }
    }

    /** Who waits for a change, and since when. */
    private record Awaiting(Optional<Waiter> waiter, long sinceNanos) {
        static Optional<Awaiting> caller() {
            return Optional.of(new Awaiting(Delays.caller(), System.nanoTime()));
        }
    }

    /** Writes from now on; who waits for that can be asked of {@code delays}. */
    StoreWriter(Database database, long epoch, boolean dirty, Duration deadline, Delays delays) {
        this.database = database;
        this.deadline = deadline;
        this.delays = delays;
        this.watch = new BatchWatch<>(deadline, this::giveUpWaiting);
        this.epoch = epoch;
        this.dirty = dirty;
        delays.alsoAsk(this::waiting);
        this.thread = Thread.ofPlatform().name("store-writer").daemon().start(this::run);
    }

    /** The rows of one change, as they are collected. */
    final class Batch {
        private final Map<RowKey, Optional<byte[]>> earlier;
        private final Map<RowKey, Optional<byte[]>> own = new HashMap<>();
        private final List<Range> ranges = new ArrayList<>();
        private final List<Runnable> undone = new ArrayList<>();

        private Batch(Map<RowKey, Optional<byte[]>> earlier) {
            this.earlier = earlier;
        }

        /** The row as the changes before this one, and this one so far, leave it. */
        Optional<byte[]> get(Table table, byte[] key) throws IOException {
            var row = new RowKey(table, ByteBuffer.wrap(key));
            Optional<byte[]> here = own.get(row);
            if (here != null) {
                return here;
            }
            Optional<byte[]> before = earlier.get(row);
            return before != null ? before : database.get(table, key);
        }

        /** Puts a row of which nothing outside the database depends. */
        void put(Table table, byte[] key, byte[] value) {
            own.put(new RowKey(table, ByteBuffer.wrap(key)), Optional.of(value));
        }

        /**
         * Puts a row that is dropped after a loss of power unless its epoch had become durable. The row that it takes the place
         * of comes back then, so it stands in the row of the epoch; nothing stands there if there was none.
         */
        void commit(Table table, byte[] key, byte[] value) throws IOException {
            Optional<byte[]> before = get(table, key);
            byte[] epochKey = epochKey(epoch, table, key);
            if (before.isEmpty() || get(Table.EPOCH, epochKey).isEmpty()) {
                put(Table.EPOCH, epochKey, before.orElse(NOTHING));
            }
            put(table, key, value);
        }

        void delete(Table table, byte[] key) {
            own.put(new RowKey(table, ByteBuffer.wrap(key)), Optional.empty());
        }

        /** Deletes all rows from {@code from} up to, but without, {@code to}. */
        void deleteRange(Table table, byte[] from, byte[] to) {
            ranges.add(new Range(table, ByteBuffer.wrap(from), ByteBuffer.wrap(to)));
        }

        /**
         * Tells how to take back what the change did in memory. It is run on the writer thread if the rows cannot be written,
         * before any later change, the newest first.
         */
        void ifLost(Runnable takesBack) {
            undone.add(takesBack);
        }

        /** If it fails, no later change can be made: it would build on what is not so. */
        private void lose() {
            try {
                undone.reversed().forEach(Runnable::run);
            } catch (RuntimeException | Error e) {
                broken = Optional.of(e);
                throw e;
            }
        }

        /** Begins a new epoch and returns the one that this ends; every row of it is written once this change is. */
        long endEpoch() {
            long ended = epoch;
            epoch = ended + 1;
            boolean before = dirty;
            dirty = false;
            ifLost(() -> dirty = before);
            return ended;
        }

        private void addTo(WriteBatch batch) throws IOException, RocksDBException {
            for (Range range : ranges) {
                batch.deleteRange(database.family(range.table), bytes(range.from), bytes(range.to));
            }
            for (var row : own.entrySet()) {
                var family = database.family(row.getKey().table);
                byte[] key = bytes(row.getKey().key);
                if (row.getValue().isPresent()) {
                    batch.put(family, key, row.getValue().get());
                } else {
                    batch.delete(family, key);
                }
            }
        }
    }

    private record RowKey(Table table, ByteBuffer key) {}

    private record Range(Table table, ByteBuffer from, ByteBuffer to) {}

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.duplicate().get(copy);
        return copy;
    }

    static byte[] epochKey(long epoch, Table table, byte[] key) {
        return ByteBuffer.allocate(Long.BYTES + 1 + key.length)
                .putLong(epoch)
                .put(table.code())
                .put(key)
                .array();
    }

    /** Whether rows were committed since the last end of an epoch. */
    boolean dirty() {
        return dirty;
    }

    /** Queues a change and returns; for what nobody needs to wait for. A failure is the next waiting caller's too. */
    void submit(Change change) throws IOException {
        enqueue(new Pending(change, false, Optional.empty(), Optional.empty()));
    }

    /** Makes a change and waits until it is in the log of the database, which survives the death of the process. */
    void write(Change change) throws IOException {
        await(new Pending(change, false, Optional.empty(), Awaiting.caller()));
    }

    /** The same, and notes in {@code times} how long others waited for it. */
    void write(Change change, HoldTimes times) throws IOException {
        await(new Pending(change, false, Optional.of(times), Awaiting.caller()));
    }

    /** Makes a change and waits until it is on the disk. */
    void writeSynced(Change change) throws IOException {
        await(new Pending(change, true, Optional.empty(), Awaiting.caller()));
    }

    private void await(Pending pending) throws IOException {
        enqueue(pending);
        try {
            var _ = pending.done.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(String.valueOf(cause.getMessage()), cause);
        }
    }

    /** Who waits for what is being written, or behind it: until all of them are told that it takes too long. */
    private List<Delay> waiting() {
        Optional<BatchWatch.Written<List<Pending>>> written = watch.written();
        if (written.isEmpty()) {
            return List.of();
        }
        long now = System.nanoTime();
        Duration left = deadline.minusNanos(now - written.get().begun());
        return Stream.concat(written.get().batch().stream(), queue.stream())
                .filter(pending -> !pending.done.isDone())
                .flatMap(pending -> pending.awaiting.stream())
                .map(awaiting -> new Delay(
                        awaiting.waiter,
                        Delay.Cause.STORE,
                        "",
                        Duration.ofNanos(now - awaiting.sinceNanos),
                        Optional.of(left)))
                .toList();
    }

    /** Fails those who wait; what they wait for may still be written. */
    private void giveUpWaiting(List<Pending> writing) {
        var late = new IOException(
                "the store has not taken a change for " + deadline.toSeconds() + " seconds; is its device alive?");
        writing.forEach(pending -> pending.done.completeExceptionally(late));
        queue.forEach(pending -> pending.done.completeExceptionally(late));
    }

    private void enqueue(Pending pending) throws IOException {
        if (!closed && queue.offer(pending)) {
            refuseIfClosed();
            return;
        }
        boolean interrupted = false;
        try (Delays.Waiting _ = delays.begin(Delay.Cause.STORE, "", deadline)) {
            long until = System.nanoTime() + deadline.toNanos();
            while (!closed) {
                try {
                    if (queue.offer(pending, Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                        refuseIfClosed();
                        return;
                    }
                    throw new IOException("the store has been busy for " + deadline.toSeconds() + " seconds");
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            throw refusal();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void run() {
        var taken = new ArrayList<Pending>();
        try {
            while (broken.isEmpty() && (!closed || !queue.isEmpty())) {
                takeAndWrite(taken);
            }
        } catch (RuntimeException | Error e) {
            broken = Optional.of(e);
            fail(taken, refusal());
        } finally {
            closed = true;
            broken.ifPresent(failure -> LOG.log(Level.ERROR, "the store takes no changes any more", failure));
            refuseQueued();
        }
    }

    private void takeAndWrite(List<Pending> taken) {
        taken.clear();
        try {
            Pending first = queue.poll(1, TimeUnit.MINUTES);
            if (first == null) {
                return;
            }
            taken.add(first);
            queue.drainTo(taken, BATCH - 1);
            writeAll(taken);
        } catch (InterruptedException e) {
            // Sent by close(): look at the flag.
        } finally {
            watch.ends();
        }
    }

    private void writeAll(List<Pending> taken) {
        var rows = new HashMap<RowKey, Optional<byte[]>>();
        var written = new ArrayList<Pending>();
        var batches = new ArrayList<Batch>();
        var holds = new ArrayList<LongConsumer>();
        boolean synced = false;
        try (var batch = new WriteBatch()) {
            watch.begins(List.copyOf(taken));
            database.revive();
            for (Pending pending : taken) {
                var own = new Batch(rows);
                long begun = System.nanoTime();
                if (applies(pending, own)) {
                    batches.add(own);
                    own.addTo(batch);
                    rows.putAll(own.own);
                    written.add(pending);
                    pending.times.ifPresent(times -> holds.add(now -> times.add(now - begun)));
                    synced |= pending.synced;
                }
            }
            if (batch.count() > 0) {
                WritePoint.BATCH_MADE.reached();
                database.write(batch, synced);
                batches.clear(); // what is written is not taken back
                WritePoint.BATCH_WRITTEN.reached();
                dirty |= rows.keySet().stream().anyMatch(row -> row.table == Table.EPOCH);
            }
            long now = System.nanoTime();
            holds.forEach(hold -> hold.accept(now));
            written.forEach(pending -> pending.done.complete(null));
        } catch (IOException | RocksDBException | RuntimeException | Error e) {
            try {
                batches.reversed().forEach(Batch::lose);
            } finally {
                fail(taken, e);
            }
        }
    }

    /** Whether a change can be made. What it did is taken back if not, before the next one sees it. */
    private static boolean applies(Pending pending, Batch own) {
        try {
            pending.change.apply(own);
            return true;
        } catch (IOException | RuntimeException | Error e) {
            own.lose();
            fail(List.of(pending), e);
            return false;
        }
    }

    private static void fail(List<Pending> changes, Throwable failure) {
        if (failure instanceof Error) {
            LOG.log(Level.ERROR, "changes of the store failed", failure);
        }
        changes.forEach(pending -> pending.done.completeExceptionally(failure));
    }

    private void refuseIfClosed() {
        if (closed) {
            refuseQueued();
        }
    }

    private void refuseQueued() {
        var late = new ArrayList<Pending>();
        queue.drainTo(late);
        fail(late, refusal());
    }

    private IOException refusal() {
        return broken.map(failure -> new IOException(
                        "the store takes no changes any more, because its writer failed (" + failure
                                + "); start the engine again",
                        failure))
                .orElseGet(() -> new IOException("the store is closed"));
    }

    /** Writes what is queued, refuses what comes later, and ends the thread. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        boolean interrupted = false;
        long until = System.nanoTime() + deadline.toNanos();
        while (thread.isAlive() && System.nanoTime() < until) {
            try {
                thread.join(deadline);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
