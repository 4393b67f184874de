package org.buildengine.snapshotter;

/**
 * A finished layer.
 *
 * @param id its name in this store
 * @param digest digest of its tree index: equal for equal layers, times not counted
 * @param empty whether it changes nothing, so that it need not be stacked
 */
public record SealedLayer(LayerId id, Digest digest, boolean empty) {
    /** {@code base} with this layer on top, or {@code base} itself if this layer changes nothing. */
    public Snapshot on(Snapshot base) {
        return empty ? base : base.plus(id);
    }
}
