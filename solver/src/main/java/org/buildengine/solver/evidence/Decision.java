package org.buildengine.solver.evidence;

import java.time.Instant;
import java.util.List;
import java.util.Map;

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

        @Override
        public Ran naming(Map<Integer, String> names) {
            return new Ran(reasons.stream().map(reason -> named(reason, names)).toList(), build, seen);
        }

        private static Reason named(Reason reason, Map<Integer, String> names) {
            return reason instanceof Reason.Upstream upstream && upstream.name().isEmpty()
                    ? upstream.named(names.getOrDefault(upstream.step(), ""))
                    : reason;
        }
    }

    /** The same, with the names of the steps that reasons have the numbers of, if they have none. */
    default Decision naming(Map<Integer, String> names) {
        return this;
    }
}
