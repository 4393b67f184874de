package org.buildengine.solver.evidence;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Digest;

/**
 * Where a step of a lasting build stands among the steps of an earlier one, as far as it is known.
 *
 * @param told the steps that its reasons name as new or gone before it
 * @param removed the reasons that name steps which are no longer before it, by the recipes of those
 * @param decision what was decided about it; empty unless steps are no longer before it
 */
record Place(Succession.Fit fit, Set<Digest> told, Map<Digest, Reason> removed, Optional<Decision.Ran> decision) {
    /** Of a step that did not run. */
    static final Place TAKEN = new Place(Succession.Fit.SURE, Set.of(), Map.of(), Optional.empty());

    /** The place of a step of which something was decided. */
    static Place of(Succession succession, Map<Digest, Reason> removed, Decision.Ran decision) {
        return new Place(
                succession.fit(),
                succession.moves().recipes(),
                removed,
                removed.isEmpty() ? Optional.empty() : Optional.of(decision));
    }

    /** The same place of a step of which something else is decided. */
    Place with(Decision.Ran other) {
        return new Place(fit, told, removed, Optional.of(other));
    }

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
