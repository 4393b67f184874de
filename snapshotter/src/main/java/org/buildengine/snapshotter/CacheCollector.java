package org.buildengine.snapshotter;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Says what the cache takes on disk and makes room. What somebody holds is never removed. Safe for use by several threads;
 * calls take turns and may take seconds.
 */
public interface CacheCollector {
    /** What the cache has. */
    Usage usage() throws IOException;

    /** Removes what the policies say, one policy after the other; each of them sees what the ones before left. */
    Pruned prune(List<CachePolicy> policies) throws IOException;

    /** What {@link #prune} would remove now. */
    Pruned plan(List<CachePolicy> policies) throws IOException;

    /**
     * What the cache has.
     *
     * @param bytes allocated on disk by all records, what they share counted once
     */
    record Usage(List<CacheRecord> records, long bytes) {}

    /**
     * What was removed.
     *
     * @param bytes freed on disk
     */
    record Pruned(List<CacheRecord> records, long bytes) {
        /** How long it took to make what was removed. */
        public Duration cost() {
            return records.stream().map(CacheRecord::cost).reduce(Duration.ZERO, Duration::plus);
        }
    }
}
