package org.buildengine.snapshotter;

import java.time.Duration;
import java.util.function.Predicate;

/**
 * What may be removed from the cache, and how far down. The terms are BuildKit's, and Dagger's for the target. Zero means
 * that a limit is not set; if none of them is, everything goes that the policy is about.
 *
 * @param name for people: the reason of whatever it removes
 * @param matching which records it is about
 * @param keepDuration records used more recently than this stay
 * @param reservedSpace bytes that the cache may always keep
 * @param maxUsedSpace bytes that the cache may take at most
 * @param minFreeSpace bytes that are to be free on the file system
 * @param targetSpace bytes to come down to once something has to go
 */
public record CachePolicy(
        String name,
        Predicate<CacheRecord> matching,
        Duration keepDuration,
        long reservedSpace,
        long maxUsedSpace,
        long minFreeSpace,
        long targetSpace) {
    /** Removes all that nobody uses. */
    public static CachePolicy everything(String name) {
        return new CachePolicy(name, _ -> true, Duration.ZERO, 0, 0, 0, 0);
    }

    /**
     * A policy without a target.
     *
     * @see #CachePolicy(String, Predicate, Duration, long, long, long, long)
     */
    public CachePolicy(
            String name,
            Predicate<CacheRecord> matching,
            Duration keepDuration,
            long reservedSpace,
            long maxUsedSpace,
            long minFreeSpace) {
        this(name, matching, keepDuration, reservedSpace, maxUsedSpace, minFreeSpace, 0);
    }

    /**
     * How many bytes the cache may have under this policy.
     *
     * @param used what it has
     * @param free what is free on its file system
     */
    public long limit(long used, long free) {
        if (maxUsedSpace == 0 && minFreeSpace == 0) {
            return Math.max(reservedSpace, targetSpace);
        }
        long limit = maxUsedSpace == 0 ? Long.MAX_VALUE : maxUsedSpace;
        if (free < minFreeSpace) {
            limit = Math.min(limit, Math.max(0, used - (minFreeSpace - free)));
        }
        if (targetSpace > 0 && used > limit) {
            limit = Math.min(limit, targetSpace);
        }
        return Math.max(limit, reservedSpace);
    }
}
