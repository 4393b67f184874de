package org.buildengine.solver.op;

import java.time.Duration;

/**
 * Which earlier results may stand for an operation. It says nothing about what the operation does, so it is part of no key:
 * what was made under one policy is found under another that allows it.
 */
public sealed interface Reuse {
    /** Whoever made it, and however long ago. */
    Reuse ANY = new Any();

    /** What was made for the same job, so that two that need it within the job work on the same. */
    Reuse FRESH = new Fresh();

    /** What was made for the same session. */
    Reuse PER_SESSION = new PerSession();

    /** See {@link #ANY}. */
    record Any() implements Reuse {}

    /** See {@link #FRESH}. */
    record Fresh() implements Reuse {}

    /** See {@link #PER_SESSION}. */
    record PerSession() implements Reuse {}

    /** Whoever made it, but less than {@code age} ago, which is positive. */
    record Within(Duration age) implements Reuse {
        public Within {
            if (age.isNegative() || age.isZero()) {
                throw new IllegalArgumentException("a result cannot be kept for " + age);
            }
        }
    }

    /** Whether everybody's results will do. */
    default boolean isAny() {
        return this instanceof Any;
    }
}
