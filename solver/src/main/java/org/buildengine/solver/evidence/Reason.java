package org.buildengine.solver.evidence;

import java.time.Instant;
import java.util.List;

/** Why a step ran. A step may have several reasons; together they are all that differs from its predecessor. */
public sealed interface Reason {
    /** Nothing like it was asked for before, as far back as is known. */
    record NeverSeen() implements Reason {}

    /**
     * It works on something else than before.
     *
     * @param input what the input is, for people
     * @param files what differs in it, at most {@link TreeComparison#MOST_NAMED}; empty if the earlier input is not here
     *     any more, or has equal files
     * @param more how many more files differ, at least
     */
    record InputChanged(String input, Extent extent, List<FileChange> files, int more) implements Reason {
        public InputChanged {
            files = List.copyOf(files);
        }
    }

    /**
     * A step before it had to run anew.
     *
     * @param step number of that step in its build; 0 if it has none
     * @param name of that step, for people
     */
    record UpstreamChanged(int step, String name, Extent extent, List<FileChange> files, int more) implements Reason {
        public UpstreamChanged {
            files = List.copyOf(files);
        }
    }

    /**
     * It is not the same operation any more.
     *
     * @param name of what differs, e.g. {@code argument 2} or the name of a variable
     * @param before what it was; a digest for what is secret or long, empty if it was not there
     * @param after what it is now
     */
    record OperationChanged(Field.Group group, String name, String before, String after) implements Reason {}

    /** Its result was removed from the cache. */
    record Evicted(Instant at, String policy, long bytes) implements Reason {}

    /** Its result is gone, and so long ago, or in such a way, that nobody knows why. */
    record Lost() implements Reason {}

    /** When it ran last, it did not succeed, and only successes are remembered. */
    record Unfinished(Outcome outcome, String build) implements Reason {}

    /** What is known of a changed input. Codes are part of the format on disk. */
    enum Extent {
        /** The files that differ are named. */
        FILES,
        /** Its files are the same; it was made otherwise. */
        SAME_FILES,
        /** The earlier input is not here any more. */
        UNKNOWN,
        /** There was no such input. */
        ADDED,
        /** There is no such input any more. */
        REMOVED
    }
}
