package org.buildengine.snapshotter;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The durable memory of what was computed. A result and everything it refers to becomes visible in one write batch, and
 * what was published survives the death of the process without an fsync. Safe for use by several threads; look-ups take
 * microseconds and may be made from virtual threads.
 */
public interface ResultStore {
    /** Somebody who needs results, with a name for people. Close it when nothing of what it holds is needed any more. */
    Owner owner(String name);

    /** Who holds results at this moment, the oldest first: what stays after its time has the name of who kept it. */
    List<Holdings> holdings();

    /** The result under {@code key}, if it and all its layers and blobs are here. Nobody holds it yet. */
    Optional<StoredResult> find(KeyKind kind, Digest key);

    /** The result with this number, if it is still here. */
    Optional<StoredResult> find(long id);

    /** When and why the result with this number was removed, if it was in the last weeks. */
    Optional<RemovedResult> removed(long id);

    /**
     * Makes a result visible under its keys. Recipe keys that exist are pointed to it, producer and content keys keep
     * their first result.
     *
     * @param owner holds it before anybody can see it
     */
    StoredResult publish(NewResult result, Owner owner) throws IOException;

    /** Lets another key lead to a result that exists; a producer or content key that exists stays as it is. */
    void addKey(KeyKind kind, Digest key, long resultId) throws IOException;

    /** A result before it has a number. See {@link StoredResult} for the parts. */
    record NewResult(
            Map<KeyKind, List<Digest>> keys,
            Digest identity,
            List<Snapshot> outputs,
            Map<String, String> facts,
            Set<Digest> blobs,
            Duration cost,
            Origin origin) {}
}
