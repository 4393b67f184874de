package org.buildengine.client;

import java.time.Duration;
import java.util.List;

/**
 * What is to be removed from an engine's cache. Spaces are sizes such as {@code 10GB}, parts of the disk such as {@code 50%},
 * or bytes; empty ones are no limit, and without any limit everything goes that nobody uses.
 *
 * @param filters in the grammar of BuildKit's; what one of them matches is meant
 * @param all also internal records
 * @param keepDuration what was used within it stays
 * @param reservedSpace what the cache may keep
 * @param maxUsedSpace what it may take at most
 * @param minFreeSpace what is to be free on its disk
 * @param dryRun only says what would go
 */
public record CachePruning(
        List<String> filters,
        boolean all,
        Duration keepDuration,
        String reservedSpace,
        String maxUsedSpace,
        String minFreeSpace,
        boolean dryRun) {
    /** What the engine can be told. */
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);

    /** Copies the list; a time longer than the engine can be told, which is 292 years, becomes that. */
    public CachePruning {
        keepDuration = keepDuration.compareTo(LONGEST) > 0 ? LONGEST : keepDuration;
        filters = List.copyOf(filters);
    }
}
