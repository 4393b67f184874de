package org.buildengine.solver.evidence;

import java.util.List;

/**
 * A step in which two builds differ.
 *
 * @param before its number in the one build; 0 if it has no such step
 * @param after its number in the other; 0 if it has no such step
 * @param name for people
 * @param reasons what differs; empty if one of the builds has no such step
 */
public record Divergence(int before, int after, String name, List<Reason> reasons) {
    /** Copies the list. */
    public Divergence {
        reasons = List.copyOf(reasons);
    }
}
