package org.buildengine.snapshotter.collection;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
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

    /** This part of the file system is kept free, at most {@link #MOST} bytes. */
    private static final int SHARE = 20;

    private static final long MOST = 1L << 30;
    private static final Duration PAUSE = Duration.ofMillis(200);
    /** For so long nobody looks again for what could be removed when there was nothing, unless a write needs it. */
    private static final Duration AGAIN = Duration.ofSeconds(10);

    private static final long DEADLINE_MINUTES = 10;
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final Path root;
    private final Store store;
    private final long kept;
    private final AtomicReference<CompletableFuture<Optional<String>>> collecting = new AtomicReference<>();
    private volatile Optional<CacheCollector> collector = Optional.empty();

    /** Guards the three below. */
    private final Object watching = new Object();

    private int watchers;
    private Optional<Thread> watchman = Optional.empty();
    private boolean closed;

    /** When {@link #keepFree} found nothing to remove. */
    private volatile long futile = System.nanoTime() - AGAIN.toNanos();

    /** Room for {@code store} below {@code root}; there is none to be had before {@link #collectWith}. */
    public Headroom(Path root, Store store) throws IOException {
        this.root = root;
        this.store = store;
        this.kept = Math.min(MOST, disk().total() / SHARE);
    }

    /** From now on {@code collector} makes room. */
    public void collectWith(CacheCollector collector) {
        this.collector = Optional.of(collector);
    }

    private DiskSpace disk() throws IOException {
        return NativeThreads.run(() -> DiskSpace.at(root.toString()));
    }

    private long free() throws IOException {
        return disk().free();
    }

    @Override
    public void keepFree() throws IOException {
        if (free() < kept && System.nanoTime() - futile > AGAIN.toNanos() && make(0).isPresent()) {
            futile = System.nanoTime();
        }
    }

    @Override
    public Optional<String> make(long bytes) throws IOException {
        var mine = new CompletableFuture<Optional<String>>();
        CompletableFuture<Optional<String>> first = collecting.compareAndExchange(null, mine);
        if (first != null) {
            return await(first);
        }
        try {
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
        long before = free();
        // Twice what is kept, so that the next writer does not collect again at once.
        long wanted = bytes + 2 * kept;
        if (before >= wanted) {
            return Optional.empty();
        }
        store.reserve().release();
        Pruned pruned = collector
                .get()
                .prune(List.of(new CachePolicy("the disk was full", _ -> true, Duration.ZERO, 0, 0, wanted)));
        store.trash().settle();
        store.reserve().fill();
        long free = free();
        if (!pruned.records().isEmpty()) {
            LOG.log(
                    Level.INFO,
                    "the disk was nearly full, with {0} bytes free at {1}: {2} records went, {3} bytes are free now",
                    before,
                    root,
                    pruned.records().size(),
                    free);
        }
        return free > before || free >= bytes + kept ? Optional.empty() : Optional.of(advice(free));
    }

    private String advice(long free) throws IOException {
        return String.format(
                Locale.ROOT,
                "%,d of %,d bytes are free at %s, and the cache has nothing left that nobody uses; "
                        + "let other builds end, free some space there, or make that file system larger",
                free,
                disk().total(),
                root);
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
