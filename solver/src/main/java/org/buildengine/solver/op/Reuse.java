package org.buildengine.solver.op;

import java.time.Duration;
import java.util.Optional;

/**
 * Which earlier results may stand for an operation. It says nothing about what the operation does, so it is part of no key:
 * what was made under one policy is found under another that allows it.
 *
 * @param reach among whom a result may be shared
 * @param age less than which a result has to be when it is looked up; empty if it may be of any. Whoever joins a step that is in
 *     progress takes what that one works on
 */
public record Reuse(Reach reach, Optional<Duration> age) {
    /** Whoever made it, and however long ago. */
    public static final Reuse ANY = new Reuse(Reach.ENGINE, Optional.empty());

    /** What was made for the same session. */
    public static final Reuse PER_SESSION = new Reuse(Reach.SESSION, Optional.empty());

    /** What was made for the same job, so that two that need it within the job work on the same. */
    public static final Reuse FRESH = new Reuse(Reach.JOB, Optional.empty());

    /** Among whom something may be shared; the widest first. */
    public enum Reach {
        /** Among all who demand it. */
        ENGINE,
        /** Within one session. */
        SESSION,
        /** Within one job. */
        JOB
    }

    /** Whoever made it, but less than {@code age} ago, which is positive. */
    public static Reuse within(Duration age) {
        if (age.isNegative() || age.isZero()) {
            throw new IllegalArgumentException("a result cannot be kept for " + age);
        }
        return new Reuse(Reach.ENGINE, Optional.of(age));
    }

    /** Whether everybody's results will do. */
    public boolean isAny() {
        return equals(ANY);
    }
}
