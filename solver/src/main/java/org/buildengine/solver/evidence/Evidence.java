package org.buildengine.solver.evidence;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;

/**
 * What is kept of one step of a build.
 *
 * @param number from 1, inputs before what needs them
 * @param recipe what was asked for
 * @param kind of operation, e.g. {@code exec}
 * @param name for people
 * @param outcome how it ended, if it ran
 * @param took how long it ran; zero if it did not
 * @param cause why it was cancelled, if it was
 */
public record Evidence(
        int number,
        Digest recipe,
        String kind,
        String name,
        Decision decision,
        Outcome outcome,
        Duration took,
        Optional<Cancellation> cause) {
    /** The same, with the names of the steps that its reasons have the numbers of. */
    Evidence naming(Map<Integer, String> names) {
        return new Evidence(number, recipe, kind, name, decision.naming(names), outcome, took, cause);
    }

    Evidence ended(DecisionRow.Ended end) {
        return new Evidence(number, recipe, kind, name, decision, end.outcome(), end.took(), end.cause());
    }
}
