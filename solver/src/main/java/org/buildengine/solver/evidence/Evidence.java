package org.buildengine.solver.evidence;

import java.time.Duration;
import java.util.Map;
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
 */
public record Evidence(
        int number, Digest recipe, String kind, String name, Decision decision, Outcome outcome, Duration took) {
    /** The same, with the names of the steps that its reasons have the numbers of. */
    Evidence naming(Map<Integer, String> names) {
        return new Evidence(number, recipe, kind, name, decision.naming(names), outcome, took);
    }

    Evidence ended(Outcome how, Duration time) {
        return new Evidence(number, recipe, kind, name, decision, how, time);
    }
}
