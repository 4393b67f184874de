package org.buildengine.snapshotter;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Persistent directories that executions write to and that are never part of a key. Safe for several threads. */
public interface CacheVolumes {
    /**
     * The directory of the volume, made (and filled from {@code seed}) if it does not exist yet.
     *
     * @param identity digest over everything that distinguishes one volume from another
     * @param seed tree and real path within it whose contents a new volume starts with
     * @param owner attributes of the root of a new volume
     */
    Path directory(Digest identity, Optional<Seed> seed, Attributes owner) throws IOException;

    /** What a new volume starts with. */
    record Seed(Tree tree, String path) {}
}
