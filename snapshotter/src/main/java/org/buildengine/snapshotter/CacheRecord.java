package org.buildengine.snapshotter;

import java.time.Duration;
import java.time.Instant;

/**
 * Something that the cache has, as {@code engine du} lists it.
 *
 * @param id names it for as long as it is there
 * @param origin what it is and what made it
 * @param exclusiveBytes bytes on disk that its removal alone would free
 * @param sharedBytes bytes on disk of what it shares with others; of a sum over records these count several times
 * @param chargedBytes its part of the total: what several share counts with the oldest of them, so that the sum over all
 *     records is what the cache takes
 * @param created when it was made
 * @param lastUsed when somebody last needed it; as exact as five minutes before a crash
 * @param uses how often somebody needed it after it was made, as exact; the first use of a cache volume, which makes it, counts too
 * @param cost how long it took to make
 * @param inUse whether a session needs it now, so that it cannot be removed
 */
public record CacheRecord(
        String id,
        Origin origin,
        long exclusiveBytes,
        long sharedBytes,
        long chargedBytes,
        Instant created,
        Instant lastUsed,
        long uses,
        Duration cost,
        boolean inUse) {}
