package org.buildengine.solver.evidence;

import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;

/**
 * Where a step of a lasting build stands among the steps of an earlier one.
 *
 * @param isFree whether it has no predecessor, or one that is only like it, so that it may turn out to be a new step
 * @param removed the reasons that name steps which are no longer before it, by the recipes of those
 * @param decision what was decided about it; empty unless steps are no longer before it
 */
record Place(boolean isFree, Map<Digest, Reason> removed, Optional<Decision.Ran> decision) {
    /** Of a step that did not run, or whose predecessor did the same. */
    static final Place TAKEN = new Place(false, Map.of(), Optional.empty());

    /** Of a step that nothing like it was known of, or only something like it. */
    static final Place FREE = new Place(true, Map.of(), Optional.empty());

    /** The decision with another reason than that a step is no longer before it. */
    Decision.Ran with(Digest missing, Reason reason) {
        Decision.Ran ran = decision.orElseThrow();
        Reason old = removed.get(missing);
        return new Decision.Ran(
                ran.reasons().stream()
                        .map(each -> each.equals(old) ? reason : each)
                        .toList(),
                ran.build(),
                ran.seen());
    }
}
