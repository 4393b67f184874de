package org.buildengine.snapshotter;

import java.time.Duration;
import java.util.Optional;

/**
 * That somebody who called in here waits at one moment: for somebody else, or for a disk that takes its time.
 *
 * @param waiter who does, if that was said
 * @param detail which, for people; may be empty
 * @param age for how long already
 * @param left for how much longer at most; empty if for as long as it takes
 */
public record Delay(Optional<Waiter> waiter, Cause cause, String detail, Duration age, Optional<Duration> left) {
    /** For what one can wait in here. */
    public enum Cause {
        /** That the database takes a change. */
        STORE,
        /** That room is made on a full disk, by this one or another. */
        ROOM,
        /** The end of another one's look through all that the cache has. */
        COLLECTION,
        /** That another one has mounted the same layers. */
        MOUNT,
        /** That another one has filled, or removed, a cache volume. */
        VOLUME
    }
}
