package org.buildengine.solver.events;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that a run printed, in which no character is cut unless the run left it so.
 *
 * @param stream 1 for standard output, 2 for standard error
 * @param at when it came
 * @param bytes not to be changed
 * @param place where the bytes lie; empty if they are not kept
 */
@SuppressWarnings("ArrayRecordComponent") // passed on, never compared
public record OutputPiece(int stream, Instant at, byte[] bytes, Optional<Place> place) {
    /**
     * Bytes in a log.
     *
     * @param offset of the first byte
     */
    public record Place(EventLog log, long offset) {}
}
