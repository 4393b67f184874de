package org.buildengine.snapshotter;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What an operation left: its output trees and its small facts. Immutable.
 *
 * @param id number of the result, unique for the life of the store
 * @param identity what a consumer's producer key is made of
 * @param outputs the output trees, by output index
 * @param facts named values that came with it (exit code, short texts); at most 64 KiB in all
 * @param blobs blobs that live as long as the result (long output texts)
 * @param created when it was published
 * @param cost how long it took to make
 * @param origin what made it, for people
 */
public record StoredResult(
        long id,
        Digest identity,
        List<Snapshot> outputs,
        Map<String, String> facts,
        Set<Digest> blobs,
        Instant created,
        Duration cost,
        Origin origin) {
    public StoredResult {
        outputs = List.copyOf(outputs);
        facts = Map.copyOf(facts);
        blobs = Set.copyOf(blobs);
    }

    /** The same, which is another thing to those who work on it. */
    public StoredResult withIdentity(Digest other) {
        return new StoredResult(id, other, outputs, facts, blobs, created, cost, origin);
    }
}
