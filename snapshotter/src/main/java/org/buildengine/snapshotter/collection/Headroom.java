package org.buildengine.snapshotter.collection;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CacheCollector.Pruned;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.snapshotter.linux.DiskSpace;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.store.Store;

/**
 * Room on the file system of the root, so that nothing fails for want of space as long as the cache has something that nobody
 * uses. A small part is kept free: who begins to write looks ({@link #keepFree}), and while executions write, which cannot be
 * told to wait, somebody looks for them ({@link #watch}). A write that finds the disk full all the same makes room and goes on.
 *
 * <p>It works without the limits of the configuration and beside them: the limits say what is wanted, this is what is needed.
 * One collects at a time, the others wait for it. Safe for use by several threads, virtual ones included.
 */
public final class Headroom implements Room, Closeable {
    private static final System.Logger LOG = System.getLogger(Headroom.class.getName());

    /** This part of the file system is kept free, at most {@link #MOST} bytes, and {@link #MOST_FILES} files. */
    private static final int SHARE = 20;

    private static final long MOST = 1L << 30;
    private static final long MOST_FILES = 100_000;

    /** So much of the file system goes at once, at first, when it has no place for more files. */
    private static final int FIRST_PART = 100;

    private static final Duration PAUSE = Duration.ofMillis(200);
    /** For so long nobody looks again for what could be removed when there was nothing, unless a write needs it. */
    private static final Duration AGAIN = Duration.ofSeconds(10);

    /** With less than this part of what is kept left, the disk is full for who writes large pieces. */
    private static final int FULL_PART = 8;

    /** An execution that ended so long ago at most may have failed because the disk was full then. */
    private static final Duration JUST_NOW = Duration.ofSeconds(10);

    /** So much more room than there was is made for one that failed. */
    private static final int MORE = 4;

    private static final long DEADLINE_MINUTES = 10;
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final Path root;
    private final Store store;
    private final long kept;
    private final long keptFiles;
    private final AtomicReference<CompletableFuture<Optional<String>>> collecting = new AtomicReference<>();
    private volatile Optional<CacheCollector> collector = Optional.empty();

    /** Guards the three below. */
    private final Object watching = new Object();

    private int watchers;
    private Optional<Thread> watchman = Optional.empty();
    private boolean closed;

    /** When somebody began to write. */
    private volatile long begun = System.nanoTime();

    /** When {@link #keepFree} found nothing to remove. */
    private volatile long futile = System.nanoTime() - AGAIN.toNanos();

    /** When somebody looked and the disk was full. */
    private volatile long full = System.nanoTime() - JUST_NOW.toNanos();

    /** Room for {@code store} below {@code root}; there is none to be had before {@link #collectWith}. */
    public Headroom(Path root, Store store) throws IOException {
        this.root = root;
        this.store = store;
        this.kept = Math.min(MOST, disk().total() / SHARE);
        this.keptFiles = Math.min(MOST_FILES, disk().files() / SHARE);
    }

    /** From now on {@code collector} makes room. */
    public void collectWith(CacheCollector collector) {
        this.collector = Optional.of(collector);
    }

    private DiskSpace disk() throws IOException {
        return NativeThreads.run(() -> DiskSpace.at(root.toString()));
    }

    /** Whether there is room for so many bytes that nobody waits for: twice what is kept free is left then. */
    public boolean spare(long bytes) throws IOException {
        DiskSpace disk = disk();
        return disk.free() - bytes >= 2 * kept && disk.freeFiles() >= keptFiles;
    }

    /** Whether nobody has begun to write for so long, and no execution is under way. */
    public boolean quiet(Duration time) {
        if (System.nanoTime() - begun < time.toNanos()) {
            return false;
        }
        synchronized (watching) {
            return watchers == 0;
        }
    }

    @Override
    public void keepFree() throws IOException {
        begun = System.nanoTime();
        DiskSpace disk = disk();
        noteIfFull(disk);
        boolean little = disk.free() < kept || disk.freeFiles() < keptFiles;
        if (little && System.nanoTime() - futile > AGAIN.toNanos() && make(0).isPresent()) {
            futile = System.nanoTime();
        }
    }

    private void noteIfFull(DiskSpace disk) {
        if (disk.free() < kept / FULL_PART || disk.freeFiles() < keptFiles / FULL_PART) {
            full = System.nanoTime();
        }
    }

    /** Notes whether the disk is full, before what an execution wrote is discarded. */
    public void lookAtTheEnd() throws IOException {
        noteIfFull(disk());
    }

    /**
     * Makes room for an execution that failed, and may have for want of space: several times what is free now that what it wrote
     * is discarded. Nothing goes if the disk was not full, or only another one can have been, such as the memory of the container.
     *
     * @param said whether it said that there was no space
     * @return whether anything went
     */
    public boolean makeMore(boolean said) throws IOException {
        Optional<CacheCollector> now = collector;
        boolean wasFull = System.nanoTime() - full < JUST_NOW.toNanos();
        if (now.isEmpty() || !(said || wasFull)) {
            return false;
        }
        try (Delays.Waiting _ = store.delays().begin(Delay.Cause.ROOM, "")) {
            return NativeThreads.run(() -> makeMore(now.get(), wasFull));
        }
    }

    private boolean makeMore(CacheCollector now, boolean wasFull) throws IOException {
        store.trash().settle();
        DiskSpace before = disk();
        if (!wasFull && before.free() > MORE * kept) {
            return false;
        }
        int records = prune(now, Math.min(before.total(), MORE * Math.max(before.free(), 2 * kept)));
        if (records > 0) {
            LOG.log(
                    Level.INFO,
                    "an execution failed on a full disk: {0} records went so that it has more room, {1} bytes are free at {2}"
                            + " now",
                    records,
                    disk().free(),
                    root);
        }
        return records > 0;
    }

    @Override
    public Optional<String> make(long bytes) throws IOException {
        var mine = new CompletableFuture<Optional<String>>();
        CompletableFuture<Optional<String>> first = collecting.compareAndExchange(null, mine);
        if (first != null) {
            try (Delays.Waiting _ = store.delays().begin(Delay.Cause.ROOM, "", Duration.ofMinutes(DEADLINE_MINUTES))) {
                return await(first);
            }
        }
        try (Delays.Waiting _ = store.delays().begin(Delay.Cause.ROOM, "")) {
            mine.complete(NativeThreads.run(() -> collect(bytes)));
        } catch (IOException | RuntimeException | Error e) {
            mine.completeExceptionally(e);
        } finally {
            collecting.set(null);
        }
        return await(mine);
    }

    private Optional<String> collect(long bytes) throws IOException {
        if (collector.isEmpty()) {
            return Room.NONE.make(bytes);
        }
        DiskSpace before = disk();
        // Twice what is kept, so that the next writer does not collect again at once.
        long wanted = bytes + 2 * kept;
        boolean files = before.freeFiles() < keptFiles;
        if (before.free() >= wanted && !files) {
            return Optional.empty();
        }
        store.reserve().release();
        int records = before.free() < wanted ? prune(collector.get(), wanted) : 0;
        if (files) {
            records += pruneForFiles(collector.get());
        }
        store.reserve().fill();
        DiskSpace after = disk();
        if (records > 0) {
            LOG.log(
                    Level.INFO,
                    "the disk was nearly full, with {0} bytes and {1} files free at {2}: {3} records went, {4} bytes and {5}"
                            + " files are free now",
                    before.free(),
                    before.freeFiles(),
                    root,
                    records,
                    after.free(),
                    after.freeFiles());
        }
        boolean enough = after.free() > before.free() || after.free() >= bytes + kept;
        boolean enoughFiles = !files || after.freeFiles() > before.freeFiles();
        return enough && enoughFiles ? Optional.empty() : Optional.of(advice(after, enoughFiles));
    }

    /** Removes until so many bytes are free; how many records went. */
    private int prune(CacheCollector collector, long wanted) throws IOException {
        Pruned pruned =
                collector.prune(List.of(new CachePolicy("the disk was full", _ -> true, Duration.ZERO, 0, 0, wanted)));
        store.trash().settle();
        return pruned.records().size();
    }

    /** Removes what is missed least, each time twice as much, until there is place for files: nobody counts them by record. */
    private int pruneForFiles(CacheCollector collector) throws IOException {
        int records = 0;
        long part = disk().total() / FIRST_PART;
        for (DiskSpace now = disk(); now.freeFiles() < 2 * keptFiles && part < now.total(); now = disk()) {
            records += prune(collector, now.free() + part);
            part *= 2;
        }
        return records;
    }

    private String advice(DiskSpace disk, boolean enoughFiles) {
        String free = enoughFiles ? disk.freeBytesOfAll() : disk.freeFilesOfAll();
        return free + " are free at " + root + ", and the cache has nothing left that nobody uses; "
                + "let other builds end, free some space there, or make that file system larger";
    }

    private static Optional<String> await(CompletableFuture<Optional<String>> made) throws IOException {
        try {
            return made.copy().orTimeout(DEADLINE_MINUTES, TimeUnit.MINUTES).join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String reason = cause instanceof TimeoutException
                    ? "the cache was not collected within " + DEADLINE_MINUTES + " minutes"
                    : String.valueOf(cause.getMessage());
            throw new IOException("no room could be made on a full disk: " + reason, cause);
        }
    }

    /** Keeps the room free from now on, until what is returned is closed as well. */
    public Closeable watch() {
        var ended = new AtomicBoolean();
        synchronized (watching) {
            watchers++;
            if (!closed && watchman.isEmpty()) {
                watchman = Optional.of(
                        Thread.ofPlatform().name("headroom").daemon().start(this::look));
            }
        }
        return () -> {
            if (ended.compareAndSet(false, true)) {
                synchronized (watching) {
                    watchers--;
                }
                begun = System.nanoTime();
            }
        };
    }

    private void look() {
        while (isWatched()) {
            try {
                keepFree();
            } catch (IOException | RuntimeException e) {
                LOG.log(Level.WARNING, "no room could be made at " + root, e);
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                // Sent by close(): look at the flag.
            }
        }
    }

    /** Whether to look again; whoever begins to watch after the last no finds nobody looking. */
    private boolean isWatched() {
        synchronized (watching) {
            boolean watched = watchers > 0 && !closed;
            if (!watched) {
                watchman = Optional.empty();
            }
            return watched;
        }
    }

    /** Looks no more; waits for a collection that is under way, but not for long. */
    @Override
    public void close() {
        Optional<Thread> last;
        synchronized (watching) {
            closed = true;
            last = watchman;
        }
        if (last.isPresent()) {
            last.get().interrupt();
            try {
                last.get().join(CLOSING);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
