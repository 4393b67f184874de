package org.buildengine.solver.events;

import java.time.Duration;
import java.time.Instant;
import org.buildengine.snapshotter.Digest;

/** Something that happened to a run, as its log has it. */
public sealed interface Event {
    /** Number of the run, from 1, within its log. */
    int run();

    /** When it happened. */
    Instant at();

    /**
     * A run began. It comes before all else about the run, perhaps as late as that.
     *
     * @param recipe what was asked for
     * @param producer the key under which it ran
     * @param name for people
     */
    record Began(int run, Instant at, Digest recipe, Digest producer, String name) implements Event {}

    /**
     * It printed something.
     *
     * @param stream 1 for standard output, 2 for standard error
     */
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
    record Printed(int run, Instant at, int stream, byte[] bytes) implements Event {}

    /** So many bytes that it printed here could not be written. */
    record Lost(int run, Instant at, long bytes) implements Event {}

    /** It ended. Nothing more comes of it. */
    record Ended(int run, Instant at, Ending ending, Duration took) implements Event {}
}
