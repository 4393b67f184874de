package org.buildengine.snapshotter;

import java.time.Duration;
import java.util.function.Predicate;

/**
 * What may be removed from the cache, and how far down. The terms are BuildKit's. Zero means that a limit is not set; if
 * none of the three is, everything goes that the policy is about.
 *
 * @param name for people: the reason of whatever it removes
 * @param matching which records it is about
 * @param keepDuration records used more recently than this stay
 * @param reservedSpace bytes that the cache may always keep
 * @param maxUsedSpace bytes that the cache may take at most
 * @param minFreeSpace bytes that are to be free on the file system
 */
public record CachePolicy(
        String name,
        Predicate<CacheRecord> matching,
        Duration keepDuration,
        long reservedSpace,
        long maxUsedSpace,
        long minFreeSpace) {
    /** Removes all that nobody uses. */
    public static CachePolicy everything(String name) {
        return new CachePolicy(name, _ -> true, Duration.ZERO, 0, 0, 0);
    }

    /**
     * How many bytes the cache may have under this policy.
     *
     * @param used what it has
     * @param free what is free on its file system
     */
    public long limit(long used, long free) {
        if (reservedSpace == 0 && maxUsedSpace == 0 && minFreeSpace == 0) {
            return 0;
        }
        long limit = maxUsedSpace == 0 ? Long.MAX_VALUE : maxUsedSpace;
        if (free < minFreeSpace) {
            limit = Math.min(limit, Math.max(0, used - (minFreeSpace - free)));
        }
        return Math.max(limit, reservedSpace);
    }
}
