package org.buildengine.solver.node;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/** Where a node stands. */
enum NodeState {
    /** Not started; waits for its predecessor, if there is one, to end. */
    NEW,
    /** Looks for a remembered result. */
    KEYING,
    /** Waits for the results of its inputs. */
    AWAITING_INPUTS,
    /** Waits for another node that runs under the same producer key. */
    JOINED,
    /** Waits for the end of another node that runs under the same producer key and whose result may not be used. */
    AWAITING_KEY,
    /** Waits for cache volumes that one step at a time may use. */
    AWAITING_VOLUMES,
    /** Waits for its turn. */
    QUEUED,
    /** Its runner works, or waits for a step that it turned out to need. */
    RUNNING,
    /** Has its result. */
    DONE,
    /** Has its failure. */
    FAILED,
    /** Nobody demands it any more; what it started is being ended. */
    CANCELLING,
    /** Ended without result. */
    CANCELLED;

    private static final Map<NodeState, Set<NodeState>> NEXT = new EnumMap<>(Map.of(
            NEW, EnumSet.of(KEYING, FAILED, CANCELLING),
            KEYING,
                    EnumSet.of(
                            AWAITING_INPUTS, JOINED, AWAITING_KEY, AWAITING_VOLUMES, QUEUED, DONE, FAILED, CANCELLING),
            AWAITING_INPUTS, EnumSet.of(KEYING, FAILED, CANCELLING),
            JOINED, EnumSet.of(DONE, FAILED, CANCELLING),
            AWAITING_KEY, EnumSet.of(KEYING, FAILED, CANCELLING),
            AWAITING_VOLUMES, EnumSet.of(QUEUED, FAILED, CANCELLING),
            QUEUED, EnumSet.of(RUNNING, FAILED, CANCELLING),
            RUNNING, EnumSet.of(DONE, FAILED, CANCELLING),
            CANCELLING, EnumSet.of(CANCELLED)));

    boolean canBecome(NodeState next) {
        return NEXT.getOrDefault(this, Set.of()).contains(next);
    }

    boolean ended() {
        return this == DONE || this == FAILED || this == CANCELLED;
    }

    /** Whether a newcomer may still be served by this node: what has ended has told its story already. */
    boolean takesDemand() {
        return !ended() && this != CANCELLING;
    }
}
