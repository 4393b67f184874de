package org.buildengine.client;

import java.time.Duration;
import java.util.List;

/**
 * What a cache has, or what was removed from it.
 *
 * @param bytes on disk: of all that the cache has, also of what is not listed; or, of a removal, what it freed
 */
public record CacheListing(List<CacheEntry> entries, long bytes) {
    /** Copies the list. */
    public CacheListing {
        entries = List.copyOf(entries);
    }

    /** How long it took to make what is listed. */
    public Duration cost() {
        return entries.stream().map(CacheEntry::cost).reduce(Duration.ZERO, Duration::plus);
    }
}
