package org.buildengine.solver.evidence;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

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
    record UpstreamChanged(int step, String name, Extent extent, List<FileChange> files, int more) implements Upstream {
        public UpstreamChanged {
            files = List.copyOf(files);
        }

        @Override
        public UpstreamChanged through(InputChanged change) {
            return new UpstreamChanged(step, name, change.extent(), change.files(), change.more());
        }

        @Override
        public UpstreamChanged named(String other) {
            return new UpstreamChanged(step, other, extent, files, more);
        }
    }

    /**
     * A step before it ran again under the same key, and what came out was something else.
     *
     * @param step number of that step in this build; 0 if it has none
     * @param name of that step, for people
     */
    record NonDeterministic(int step, String name, Extent extent, List<FileChange> files, int more)
            implements Upstream {
        public NonDeterministic {
            files = List.copyOf(files);
        }

        @Override
        public NonDeterministic through(InputChanged change) {
            return new NonDeterministic(step, name, change.extent(), change.files(), change.more());
        }

        @Override
        public NonDeterministic named(String other) {
            return new NonDeterministic(step, other, extent, files, more);
        }
    }

    /**
     * A step before was made under another cache policy than its earlier result: where not every result may be used, results are
     * known by their files too, so that this one counts as another though the step is the same.
     *
     * @param step number of that step in this build; 0 if it has none
     * @param name of that step, for people
     * @param before the policy that the earlier result was made under, as the API calls it; empty if that is not known
     * @param after the policy of the later one; empty if that is not known
     * @param extent that the files are the same, or that nothing is known of the earlier ones
     */
    record PolicyChanged(int step, String name, String before, String after, Extent extent) implements Upstream {
        @Override
        public Upstream through(InputChanged change) {
            return change.extent() == Extent.FILES
                    ? new UpstreamChanged(step, name, change.extent(), change.files(), change.more())
                    : new PolicyChanged(step, name, before, after, change.extent());
        }

        @Override
        public PolicyChanged named(String other) {
            return new PolicyChanged(step, other, before, after, extent);
        }
    }

    /** A step before is why an input is another one. */
    sealed interface Upstream extends Reason {
        /** Number of that step in this build; 0 if it has none. */
        int step();

        /** That step, for people. */
        String name();

        /** The same with another name. */
        Upstream named(String name);

        /** The same as a reason of a step whose input changed so by it. */
        Upstream through(InputChanged change);
    }

    /**
     * It is not the same operation any more.
     *
     * @param name of what differs, e.g. {@code argument 2} or the name of a variable
     * @param before what it was; a digest for what is secret or long, empty if it was not there
     * @param after what it is now
     */
    record OperationChanged(Field.Group group, String name, String before, String after) implements Reason {}

    /**
     * It stands elsewhere in a chain of steps than before, or other steps stand before it.
     *
     * @param step number of the other step that is meant; 0 if it is not known
     * @param name of that step, for people
     * @param build that has that step; empty if it is the build of this one, or, where two builds are compared, one of them
     */
    record OrderChanged(Shift how, int step, String name, String build) implements Reason {}

    /** How a chain of steps is another one. Codes are part of the format on disk. */
    enum Shift {
        /** It is new, before a step that was there. */
        INSERTED,
        /** A step before it is new. */
        AFTER_NEW,
        /** A step that was before it is not any more. */
        REMOVED,
        /** It and another step have come into the other order. */
        SWAPPED,
        /** It stands where something else was done. */
        REPLACED
    }

    /**
     * Its result was removed from the cache.
     *
     * @param bytes that the result had, with what it shared with others
     */
    record Evicted(Instant at, String policy, long bytes) implements Reason {}

    /** Its result was older than its policy allows: made then, and to be used for so long. */
    record Expired(Instant made, Duration age) implements Reason {}

    /** Its policy does not let it use the result that there is. */
    record Forbidden(Policy policy) implements Reason {}

    /** Whose results a step may use at most. Codes are part of the format on disk. */
    enum Policy {
        /** Those of the same query. */
        FRESH,
        /** Those of the same session. */
        PER_SESSION
    }

    /** Its result is gone, and so long ago, or in such a way, that nobody knows why. */
    record Lost() implements Reason {}

    /**
     * Its result is there, and nothing differs that is kept: nobody knows why it was not used. That is so when the usual key kept an
     * earlier result, which is gone, so that the later one has a key that only steps of its own policy look under, and recipes do not
     * answer, since a step before may use no earlier result.
     */
    record Unexplained() implements Reason {}

    /**
     * When it ran last, it did not succeed, and only successes are remembered.
     *
     * @param build that asked for it then
     * @param cause why it was cancelled, if it was, and that is known
     */
    record Unfinished(Outcome outcome, String build, Optional<Cancellation> cause) implements Reason {}

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
