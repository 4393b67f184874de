package org.buildengine.server;

import java.util.Set;

/**
 * The life of what a client offers the engine.
 *
 * <pre>
 * ABSENT ──GET /sessionAttachables──▶ PENDING ──the byte came──▶ ATTACHED
 *    ▲                                   │                          │
 *    └──────────── connection gone ──────┴──────────────────────────┘
 * </pre>
 */
enum AttachPhase {
    ABSENT,
    PENDING,
    ATTACHED;

    private Set<AttachPhase> next() {
        return switch (this) {
            case ABSENT -> Set.of(PENDING);
            case PENDING -> Set.of(ATTACHED, ABSENT);
            case ATTACHED -> Set.of(ABSENT);
        };
    }

    AttachPhase to(AttachPhase target) {
        if (!next().contains(target)) {
            throw new IllegalStateException("attachables that are " + this + " cannot become " + target);
        }
        return target;
    }
}
