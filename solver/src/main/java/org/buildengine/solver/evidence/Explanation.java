package org.buildengine.solver.evidence;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;

/**
 * Why a step runs.
 *
 * @param predecessor the step that took its place in an earlier build
 * @param differences from that one
 * @param place where it stands among the steps of that build
 * @param swapped what is to be said, now that more is known, of the step that has come before it, by recipe
 */
record Explanation(
        Decision.Ran decision,
        Optional<Digest> predecessor,
        Differences differences,
        Place place,
        Map<Digest, Decision.Ran> swapped) {
    /** The policy of a step before, if nothing else is why this one runs. */
    Optional<Reason.PolicyChanged> policyChange() {
        List<Reason.PolicyChanged> changes = decision.reasons().stream()
                .filter(Reason.PolicyChanged.class::isInstance)
                .map(Reason.PolicyChanged.class::cast)
                .toList();
        return changes.size() == decision.reasons().size() ? changes.stream().findFirst() : Optional.empty();
    }
}
