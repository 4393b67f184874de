package org.buildengine.server.telemetry;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Work that nobody waits for, done in the order in which it came, one piece at a time, a moment later and on another
 * thread: so that a request pays for what it asks, not for what is told about it. As long as nobody follows, little of it
 * is not done at all. Whoever needs the outcome has what is waiting done at once. Safe for use by several threads. A piece
 * that fails is logged and dropped.
 */
final class Backlog {
    private static final System.Logger LOG = System.getLogger(Backlog.class.getName());

    /** More weight than this is not put off: whoever adds it works it off. */
    private static final int MOST = 10_000;

    /** More weight than this does not wait for somebody who follows: it takes more room than what becomes of it. */
    private static final int LITTLE = 2000;

    /** So many characters take about as much room as a piece without text. */
    private static final int TEXT_OF_A_PIECE = 512;

    /** Most requests have been answered by then, and who reads along does not notice it. */
    private static final Duration MOMENT = Duration.ofMillis(50);

    private final ReentrantLock guard = new ReentrantLock();
    /** Held while work is done, so that it is done in order. */
    private final ReentrantLock turn = new ReentrantLock();

    private Queue<Runnable> waiting = new ArrayDeque<>();
    /** What waits, in pieces without text. */
    private long weight;

    private boolean scheduled;
    private boolean followed;

    /** Puts {@code work} off. Does not block unless very much waits already. */
    void later(Runnable work) {
        later(work, 0);
    }

    /** The same for {@code work} that keeps so many characters until it is done. */
    void later(Runnable work, long characters) {
        boolean first;
        boolean full;
        guard.lock();
        try {
            waiting.add(work);
            weight += 1 + characters / TEXT_OF_A_PIECE;
            first = schedule();
            full = weight > MOST;
        } finally {
            guard.unlock();
        }
        if (full) {
            now(() -> null);
        } else if (first) {
            begin();
        }
    }

    /** From now on somebody follows: what waits is done, and what will come. */
    void follow() {
        boolean first;
        guard.lock();
        try {
            followed = true;
            first = schedule();
        } finally {
            guard.unlock();
        }
        if (first) {
            begin();
        }
    }

    /** Does what waits, then {@code work}; if nobody follows, not before somebody does. */
    void finish(Runnable work) {
        if (isFollowed()) {
            now(() -> {
                run(work);
                return true;
            });
        } else {
            later(work);
        }
    }

    private boolean isFollowed() {
        guard.lock();
        try {
            return followed;
        } finally {
            guard.unlock();
        }
    }

    /** Whether it is for the caller to {@link #begin}. To be called with the guard. */
    private boolean schedule() {
        if (scheduled || weight <= (followed ? 0 : LITTLE)) {
            return false;
        }
        scheduled = true;
        return true;
    }

    private void begin() {
        Thread.ofVirtual().name("telemetry").start(() -> {
            pause();
            now(() -> null);
        });
    }

    /** Does what waits, then {@code work}. */
    <T> T now(Supplier<T> work) {
        turn.lock();
        try {
            for (Queue<Runnable> next = take(); !next.isEmpty(); next = take()) {
                next.forEach(Backlog::run);
            }
            return work.get();
        } finally {
            turn.unlock();
        }
    }

    private Queue<Runnable> take() {
        guard.lock();
        try {
            Queue<Runnable> taken = waiting;
            waiting = new ArrayDeque<>();
            weight = 0;
            scheduled = false;
            return taken;
        } finally {
            guard.unlock();
        }
    }

    private static void run(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.WARNING, "telemetry is lost", e);
        }
    }

    private static void pause() {
        try {
            Thread.sleep(MOMENT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
