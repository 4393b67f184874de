package org.buildengine.snapshotter;

import java.time.Instant;

/**
 * That a result was removed from the cache.
 *
 * @param at when, to the second
 * @param policy under which policy
 * @param bytes on disk, of what nothing else needed
 */
public record RemovedResult(Instant at, String policy, long bytes) {}
