package org.buildengine.client;

import java.time.Duration;
import java.time.Instant;

/**
 * Something that an engine's cache has.
 *
 * @param id names it for as long as it is there
 * @param type in BuildKit's words, e.g. {@code regular} or {@code exec.cachemount}
 * @param description what made it, for people; may be empty
 * @param exclusiveBytes on disk: what its removal alone frees
 * @param sharedBytes on disk: what it shares with others
 * @param created when it was made
 * @param lastUsed when it was needed last
 * @param cost how long it took to make
 * @param inUse whether a session needs it now
 */
public record CacheEntry(
        String id,
        String type,
        String description,
        long exclusiveBytes,
        long sharedBytes,
        Instant created,
        Instant lastUsed,
        Duration cost,
        boolean inUse) {}
