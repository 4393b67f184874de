package org.buildengine.snapshotter;

import java.io.IOException;

/**
 * Owner of everything under one root directory. One process at a time; {@link Snapshotter} instances are safe for use
 * by several threads. Closing it unmounts what is mounted and closes the store; it is refused by nothing and waits for
 * nobody, so callers stop their work first.
 */
public interface Snapshotter extends AutoCloseable {
    BlobStore blobs();

    ResultStore results();

    CacheVolumes cacheVolumes();

    /** Starts a layer. {@code purpose} is for people, in listings of what is in progress. */
    LayerWriter writeLayer(String purpose) throws IOException;

    /** A view of {@code snapshot}. */
    Tree tree(Snapshot snapshot) throws IOException;

    /** Starts to change {@code base}. */
    TreeEditor edit(Snapshot base) throws IOException;

    /** Mounts {@code base} with a fresh writable layer on top. */
    Workspace workspace(Snapshot base) throws IOException;

    /** Mounts {@code snapshot} read-only. */
    MountedSnapshot mount(Snapshot snapshot) throws IOException;

    @Override
    void close();
}
