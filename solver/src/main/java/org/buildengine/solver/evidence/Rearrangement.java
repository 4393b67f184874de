package org.buildengine.solver.evidence;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.buildengine.snapshotter.Digest;

/**
 * What stands elsewhere before a step than before its predecessor.
 *
 * @param reasons for which the step runs
 * @param revised what is to be said of steps before it, now that more is known, by recipe
 * @param removed the reasons that name steps which are no longer before it, by the recipes of those
 */
record Rearrangement(List<Reason> reasons, Map<Digest, Decision.Ran> revised, Map<Digest, Reason> removed) {
    static final Rearrangement NONE = new Rearrangement(List.of(), Map.of(), Map.of());

    /** All reasons of a step. That an input was only made otherwise says no more. */
    List<Reason> with(List<Reason> others) {
        if (reasons.isEmpty()) {
            return others;
        }
        var all = new ArrayList<>(reasons);
        others.stream().filter(reason -> !isMadeOtherwise(reason)).forEach(all::add);
        return all;
    }

    private static boolean isMadeOtherwise(Reason reason) {
        return switch (reason) {
            case Reason.InputChanged change -> change.extent() == Reason.Extent.SAME_FILES;
            case Reason.UpstreamChanged change -> change.extent() == Reason.Extent.SAME_FILES;
            default -> false;
        };
    }
}
