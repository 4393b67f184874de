package org.buildengine.snapshotter.store;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long each change of one kind held the thread that writes, from its first look at the rows until they were written: a
 * histogram by powers of two of a microsecond. Added to by that thread, read by any.
 */
public final class HoldTimes {
    private static final int BUCKETS = 40;

    private final AtomicLongArray buckets = new AtomicLongArray(BUCKETS);
    private final AtomicLong longestNanos = new AtomicLong();

    void add(long nanos) {
        buckets.incrementAndGet(bucket(nanos));
        longestNanos.accumulateAndGet(nanos, Math::max);
    }

    private static int bucket(long nanos) {
        return Math.min(BUCKETS - 1, Long.SIZE - Long.numberOfLeadingZeros(nanos / 1000));
    }

    /** How many changes there were. */
    public long count() {
        long count = 0;
        for (int i = 0; i < BUCKETS; i++) {
            count += buckets.get(i);
        }
        return count;
    }

    /** The longest of them. */
    public Duration longest() {
        return Duration.ofNanos(longestNanos.get());
    }

    /** How many took less than {@code limit}, which counts as the next power of two of a microsecond. */
    public long within(Duration limit) {
        long count = 0;
        for (int i = 0; i <= bucket(limit.toNanos() - 1); i++) {
            count += buckets.get(i);
        }
        return count;
    }
}
