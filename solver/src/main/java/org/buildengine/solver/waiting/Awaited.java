package org.buildengine.solver.waiting;

import java.time.Duration;
import java.util.Optional;

/**
 * Whom somebody waits for at one moment, where that changes while the wait goes on.
 *
 * @param party for whom
 * @param age for how long already; empty if for as long as the wait lasts
 * @param left for how much longer at most, if nothing comes; empty if for as long as it takes
 * @param note what is the matter with them, for people; may be empty
 */
public record Awaited(Party party, Optional<Duration> age, Optional<Duration> left, String note) {
    /** Somebody with whom nothing is the matter. */
    public Awaited(Party party, Optional<Duration> age, Optional<Duration> left) {
        this(party, age, left, "");
    }

    /** Somebody who is waited for since the beginning, and for as long as it takes. */
    public static Awaited of(Party party) {
        return new Awaited(party, Optional.empty(), Optional.empty());
    }
}
