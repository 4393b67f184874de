package org.buildengine.solver.benchmark;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.MemorySnapshotter;

/** Remembers nothing, so that what is alive belongs to the solver. */
final class ForgetfulStore extends MemorySnapshotter {
    private final AtomicLong ids = new AtomicLong();

    @Override
    public StoredResult publish(NewResult result, Owner owner) {
        return new StoredResult(
                ids.incrementAndGet(),
                result.identity(),
                result.outputs(),
                result.facts(),
                result.blobs(),
                Instant.EPOCH,
                result.cost(),
                result.origin());
    }

    @Override
    public void addKey(KeyKind kind, Digest key, long resultId) {}
}
