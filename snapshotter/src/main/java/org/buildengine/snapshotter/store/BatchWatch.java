package org.buildengine.snapshotter.store;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Notices that a batch takes too long, by a look now and then while batches are written: those who wait for one need no
 * timers of their own. {@link #begins} and {@link #ends} are for one thread.
 *
 * @param <T> a batch
 */
final class BatchWatch<T> {
    private static final int LOOKS = 8;

    private final long limitNanos;
    private final Consumer<T> late;
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile @Nullable Written<T> written;

    /** A batch that is being written, and since when ({@link System#nanoTime}). */
    record Written<T>(T batch, long begun) {}

    /**
     * A watch over batches.
     *
     * @param limit how long a batch may take; it is noticed an eighth later at most
     * @param late gets a batch that takes longer, at each look
     */
    BatchWatch(Duration limit, Consumer<T> late) {
        this.limitNanos = limit.toNanos();
        this.late = late;
    }

    void begins(T batch) {
        written = new Written<>(batch, System.nanoTime());
        if (!looking.get() && looking.compareAndSet(false, true)) {
            lookLater();
        }
    }

    void ends() {
        written = null;
    }

    /** What is being written now. For any thread. */
    Optional<Written<T>> written() {
        return Optional.ofNullable(written);
    }

    private void lookLater() {
        CompletableFuture.delayedExecutor(limitNanos / LOOKS, TimeUnit.NANOSECONDS)
                .execute(this::look);
    }

    private void look() {
        Written<T> now = written;
        if (now == null) {
            looking.set(false);
            if (written == null || !looking.compareAndSet(false, true)) {
                return;
            }
        } else if (System.nanoTime() - now.begun > limitNanos) {
            late.accept(now.batch);
        }
        lookLater();
    }
}
