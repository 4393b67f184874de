package org.buildengine.snapshotter;

import java.time.Instant;

/**
 * That a result was removed from the cache.
 *
 * @param at when, to the second
 * @param policy under which policy
 * @param bytes that it had on disk, with what it shared with others: exclusive and shared ones of its {@link CacheRecord}
 */
public record RemovedResult(Instant at, String policy, long bytes) {}
