package org.buildengine.snapshotter.linux;

import java.io.IOException;
import java.util.Optional;

/** Somebody who can make room on a file system that is full. Safe for use by several threads. */
@FunctionalInterface
public interface Room {
    /** Nothing can be had. */
    Room NONE =
            _ -> Optional.of("free some space on the file system of the engine's root directory, or prune the cache");

    /**
     * Makes room, which may take seconds.
     *
     * @param bytes that are needed, besides what is kept free anyway
     * @return why there is none and what helps, or empty if there is some
     */
    Optional<String> make(long bytes) throws IOException;

    /** Makes room if little is left, for what writes next; not having any is no failure. */
    default void keepFree() throws IOException {}
}
