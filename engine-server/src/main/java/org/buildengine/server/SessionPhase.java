package org.buildengine.server;

import java.util.Set;

/**
 * The life of a session.
 *
 * <pre>
 * OPEN ──main client gone, or it said so──▶ DRAINING ──everything released──▶ CLOSED (tombstone, 60 s)
 * </pre>
 */
public enum SessionPhase {
    /** Takes requests. */
    OPEN,
    /** Is being torn down: refuses requests, may still be observed. */
    DRAINING,
    /** Is gone; its id is remembered for a while, so that late requests do not bring it back. */
    CLOSED;

    private Set<SessionPhase> next() {
        return switch (this) {
            case OPEN -> Set.of(DRAINING);
            case DRAINING -> Set.of(CLOSED);
            case CLOSED -> Set.of();
        };
    }

    /** The phase {@code target}, if it may follow this one. */
    SessionPhase to(SessionPhase target) {
        if (!next().contains(target)) {
            throw new IllegalStateException("a session that is " + this + " cannot become " + target);
        }
        return target;
    }
}
