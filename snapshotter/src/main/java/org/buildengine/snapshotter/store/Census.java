package org.buildengine.snapshotter.store;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Origin;

/**
 * What the store has at one moment.
 *
 * @param entries the results, by number
 * @param layers bytes on disk of each layer
 * @param blobs bytes on disk of each blob
 */
public record Census(List<Entry> entries, Map<LayerId, Long> layers, Map<Digest, Long> blobs) {
    /**
     * One result.
     *
     * @param id its number
     * @param needed layers, without repetition
     * @param blobs its blobs
     * @param uses how often somebody began to hold it
     * @param held whether somebody holds it
     * @param reachable whether a key leads to it, and all it needs is here
     */
    public record Entry(
            long id,
            Set<LayerId> needed,
            Set<Digest> blobs,
            Instant created,
            Instant lastUsed,
            long uses,
            Duration cost,
            Origin origin,
            boolean held,
            boolean reachable) {}
}
