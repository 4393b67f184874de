package org.buildengine.solver;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.Digest;

/**
 * The results that were made for one session, or one job, of the operations that may not use those of others; see {@link
 * org.buildengine.solver.op.Reuse}. A {@link JobScope} offers that of its session. Holds no result. Safe for use by several
 * threads.
 */
public final class OwnRuns {
    private static final AtomicLong COUNT = new AtomicLong();

    private final long number;
    private final Map<Digest, Long> results = new ConcurrentHashMap<>();

    /** Those of a session, of which none is known yet. */
    public OwnRuns() {
        this(COUNT.incrementAndGet());
    }

    /** The same under a number that the caller gives to no other of its kind. */
    public OwnRuns(long number) {
        this.number = number;
    }

    /** Tells it from all others of its kind, sessions or jobs, while the engine runs. */
    public long number() {
        return number;
    }

    /** The number of the result that was made here under a producer key. */
    public Optional<Long> find(Digest producer) {
        return Optional.ofNullable(results.get(producer));
    }

    /** Remembers what was made; a later result takes the place of an earlier one. */
    public void add(Digest producer, long result) {
        results.put(producer, result);
    }
}
