package org.buildengine.solver.evidence;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.Reuse;

/**
 * What is kept of one step of a build.
 *
 * @param number from 1, inputs before what needs them
 * @param recipe what was asked for
 * @param kind of operation, e.g. {@code exec}
 * @param name for people
 * @param policy under which it was asked for; empty if that is not known
 * @param run that its result is of, if that is known
 * @param outcome how it ended for the build, if it ran, or was joined
 * @param took how long it ran; zero if it did not
 * @param cause why it was cancelled, or left, if it was
 * @param successor the build that it went on for when this one left it; empty if it was not left, or that is not known
 */
public record Evidence(
        int number,
        Digest recipe,
        String kind,
        String name,
        Decision decision,
        Optional<Reuse> policy,
        Optional<RunNumber> run,
        Outcome outcome,
        Duration took,
        Optional<Cancellation> cause,
        String successor) {
    /** Whether it has not ended yet, as a step of {@code build}. */
    public boolean runs(Build build) {
        return build.lasts() && outcome == Outcome.UNKNOWN && !(decision instanceof Decision.Remembered);
    }

    /** The same, with the names of the steps that its reasons have the numbers of. */
    Evidence naming(Map<Integer, String> names) {
        return new Evidence(
                number, recipe, kind, name, decision.naming(names), policy, run, outcome, took, cause, successor);
    }

    Evidence ended(DecisionRow.Ended end) {
        return new Evidence(
                number,
                recipe,
                kind,
                name,
                decision,
                policy,
                run,
                end.outcome(),
                end.took(),
                end.cause(),
                end.successor());
    }
}
