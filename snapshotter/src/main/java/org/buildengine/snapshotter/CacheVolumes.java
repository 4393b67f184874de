package org.buildengine.snapshotter;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Persistent directories that executions write to and that are never part of a key. Safe for several threads. */
public interface CacheVolumes {
    /**
     * A volume, made (and filled from {@code seed}) if it does not exist yet. It is not removed before it is closed as often
     * as it was used.
     *
     * @param identity digest over everything that distinguishes one volume from another
     * @param description for people who look at the cache
     * @param seed tree and real path within it whose contents a new volume starts with
     * @param owner attributes of the root of a new volume
     */
    Volume use(Digest identity, String description, Optional<Seed> seed, Attributes owner) throws IOException;

    /** What a new volume starts with. */
    record Seed(Tree tree, String path) {}

    /** A volume in use. Closing it twice does nothing. */
    interface Volume extends Closeable {
        /** Where it is. */
        Path directory();

        @Override
        void close();
    }
}
