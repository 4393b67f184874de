package org.buildengine.solver.evidence;

import java.time.Instant;
import java.util.List;

/** What was decided about a step of a build. */
public sealed interface Decision {
    /**
     * It was not run.
     *
     * @param build that made the result; empty if that is not known
     * @param made when; the epoch if that is not known
     */
    record Remembered(Lookup how, String build, Instant made) implements Decision {}

    /** It was running for another build, and its result was shared. */
    record Joined(String build) implements Decision {}

    /**
     * It ran.
     *
     * @param reasons at least one
     * @param build in which its predecessor was asked for last; empty if there is none
     * @param seen when that was; the epoch if there is none
     */
    record Ran(List<Reason> reasons, String build, Instant seen) implements Decision {
        public Ran {
            reasons = List.copyOf(reasons);
        }
    }
}
