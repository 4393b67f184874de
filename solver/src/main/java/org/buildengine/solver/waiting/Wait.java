package org.buildengine.solver.waiting;

import java.time.Instant;
import java.util.Optional;

/**
 * That somebody waits.
 *
 * @param waiter who does
 * @param awaited for whom
 * @param kind for what of theirs
 * @param detail which, for people; may be empty
 * @param since when it began, for this one if another was awaited before
 * @param until when it will be given up if nothing comes; empty if it waits for as long as it takes
 */
public record Wait(Party waiter, Party awaited, Kind kind, String detail, Instant since, Optional<Instant> until) {
    /** For what one can wait. */
    public enum Kind {
        /** The result of a step. */
        RESULT,
        /** The result of a step that does the same. */
        JOINED,
        /** A place among the executions that may run at once. */
        TURN,
        /** The end of a step's own look for a remembered result. */
        LOOK_UP,
        /** The end of a step's own run. */
        RUN,
        /** The end of an earlier run of the same step, which was given up. */
        EARLIER_RUN,
        /** The end of a run of the same step whose result cannot be used. */
        OTHER_RUN,
        /** The end of a run that nobody needs any more. */
        CANCELLATION,
        /** A cache volume that one step at a time may use. */
        CACHE_VOLUME,
        /** What a registry says of an image. */
        IMAGE,
        /** A layer of an image. */
        LAYER,
        /** Something on the client's machine. */
        CLIENT_CALL,
        /** That a client offers what it said it would. */
        ATTACHMENT,
        /** The end of something that a session still has which ends itself. */
        TEARDOWN,
        /** That the database of the store takes a change. */
        STORE,
        /** That room is made on a full disk. */
        ROOM,
        /** The end of another one's look through all that the cache has. */
        COLLECTION,
        /** That another one has mounted the same layers. */
        MOUNT,
        /** That another one has filled, or removed, a cache volume. */
        VOLUME;

        /** Whether nobody else is waited for: the waiter itself works. */
        boolean isWork() {
            return this == LOOK_UP || this == RUN;
        }
    }
}
