package org.buildengine.server.core.host;

import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;

/**
 * What the last upload of a directory left.
 *
 * @param snapshot its files: one layer, and at most one with changes on top
 * @param content digest of the tree
 * @param scannedNanos when the client was asked for its listing, in nanoseconds since the epoch, by the engine's clock
 * @param worn whether so much has changed since the lower layer was written that it is time for a new one
 */
record EarlierUpload(Snapshot snapshot, Digest content, long scannedNanos, boolean worn) {
    /**
     * A file that is as young as this when it is read may change once more without a new time. Two seconds are the
     * coarsest clock of a file system in use, and leave room for clocks of two machines that are kept in step.
     */
    private static final long GRANULARITY_NANOS = 2_000_000_000L;

    /** What stands before the first upload. */
    static final EarlierUpload NONE = new EarlierUpload(Snapshot.EMPTY, Digest.of(""), 0, false);

    /** The layer over which changes are written. */
    Snapshot base() {
        if (snapshot.layers().size() < 2) {
            return snapshot;
        }
        return worn ? Snapshot.EMPTY : new Snapshot(snapshot.layers().subList(0, 1));
    }

    /** Whether a file with this time, found with the same time again, cannot have changed since it was read. */
    boolean settled(long mtimeNanos) {
        return mtimeNanos < scannedNanos - GRANULARITY_NANOS;
    }
}
