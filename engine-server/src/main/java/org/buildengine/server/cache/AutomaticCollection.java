package org.buildengine.server.cache;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.buildengine.server.cache.CacheRules.Limits;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CacheRecord;

/**
 * Keeps the cache within its configured limits, on a thread of its own: when a session has ended that worked, and every few
 * minutes while one works. A look that finds the disk empty enough costs one system call, and nothing wakes it while nobody
 * works. What it does holds up no request: the store is changed a few rows at a time. Safe for use by several threads.
 */
public final class AutomaticCollection implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AutomaticCollection.class.getName());
    private static final Duration STOP = Duration.ofSeconds(30);

    /** So many of the removed records are named in the log. */
    private static final int NAMED = 5;

    /** A collection takes at most this part of the time. */
    private static final int SHARE = 10;

    private final LocalCache cache;
    private final Pace pace;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition told = lock.newCondition();
    private boolean working;
    private boolean ended;

    /**
     * How often the cache is looked at.
     *
     * @param between two looks, at least
     * @param longest from the beginning of work to a look, at most
     */
    public record Pace(Duration between, Duration longest) {
        /** What a daemon wants. */
        public static final Pace USUAL = new Pace(Duration.ofSeconds(30), Duration.ofMinutes(5));
    }

    private AutomaticCollection(LocalCache cache, Pace pace) {
        this.cache = cache;
        this.pace = pace;
        this.thread = Thread.ofVirtual().name("collection").unstarted(this::run);
    }

    /** Begins to watch over {@code cache}; does nothing if its rules say so. */
    public static AutomaticCollection start(LocalCache cache, Pace pace) {
        var collection = new AutomaticCollection(cache, pace);
        if (cache.rules().automatic()) {
            collection.thread.start();
        }
        return collection;
    }

    /** Somebody begins work, which may leave something in the cache. Never blocks for long. */
    public void worked() {
        tell(false);
    }

    /** Work of a session has ended: a good moment. Never blocks for long. */
    public void ended() {
        tell(true);
    }

    private void tell(boolean end) {
        lock.lock();
        try {
            working = true;
            ended |= end;
            told.signal();
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (true) {
                awaitMoment();
                long before = System.nanoTime();
                look();
                long took = System.nanoTime() - before;
                TimeUnit.NANOSECONDS.sleep(Math.max(pace.between().toNanos(), SHARE * took));
            }
        } catch (InterruptedException e) {
            // Closed: there is nobody left to tell.
            LOG.log(Level.DEBUG, "no more collections");
        }
    }

    private void awaitMoment() throws InterruptedException {
        lock.lock();
        try {
            while (!working) {
                told.await();
            }
            long left = pace.longest().toNanos();
            while (!ended && left > 0) {
                left = told.awaitNanos(left);
            }
            working = false;
            ended = false;
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        try {
            Limits limits = cache.limits();
            if (cache.mayBeOver(limits)) {
                CacheCollector.Pruned pruned = cache.collect(limits);
                if (!pruned.records().isEmpty()) {
                    LOG.log(Level.INFO, "{0}", describe(pruned, limits));
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "the cache was not brought within its limits", e);
        }
    }

    private static String describe(CacheCollector.Pruned pruned, Limits limits) {
        int count = pruned.records().size();
        String names = pruned.records().stream()
                .limit(NAMED)
                .map(CacheRecord::origin)
                .map(origin -> origin.description().isEmpty() ? origin.type().toString() : origin.description())
                .collect(Collectors.joining(", "));
        return "the cache was over its limit (%,d bytes at most, %,d to be free, %,d reserved): %d records went, %,d bytes, %d s of work: %s%s"
                .formatted(
                        limits.maxUsedSpace(),
                        limits.minFreeSpace(),
                        limits.reservedSpace(),
                        count,
                        pruned.bytes(),
                        pruned.cost().toSeconds(),
                        names,
                        count > NAMED ? " and others" : "");
    }

    @Override
    public void close() {
        if (!thread.isAlive()) {
            return;
        }
        thread.interrupt();
        try {
            if (!thread.join(STOP)) {
                LOG.log(Level.WARNING, "a collection did not end within {0} s", STOP.toSeconds());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
