package org.buildengine.server.registry;

import java.time.Duration;
import java.util.Optional;
import org.buildengine.solver.waiting.Awaited;
import org.buildengine.solver.waiting.Party;
import org.jspecify.annotations.Nullable;

/**
 * Which server is asked at this moment for what somebody wants of a registry, and until when all of them together may be silent.
 * Written by the one thread that asks, read by any.
 */
public final class Inquiry {
    private record Asked(Party server, long sinceNanos) {}

    private volatile @Nullable Asked asked;
    private volatile Optional<Long> untilNanos = Optional.empty();

    /** Nobody is asked yet. */
    public Inquiry() {}

    /** Whom who wants the answer waits for; {@code registry} while nobody is asked. Never blocks. */
    public Awaited awaited(Party registry) {
        Asked current = asked;
        long now = System.nanoTime();
        Optional<Duration> left = untilNanos.map(until -> Duration.ofNanos(until - now));
        return current == null
                ? new Awaited(registry, Optional.empty(), left)
                : new Awaited(current.server(), Optional.of(Duration.ofNanos(now - current.sinceNanos())), left);
    }

    /** This server is asked now. */
    void asks(Party server) {
        Asked before = asked;
        if (before == null || !before.server().equals(server)) {
            asked = new Asked(server, System.nanoTime());
        }
    }

    /**
     * When it is given up if nothing comes, whoever is asked until then, by {@link System#nanoTime}; empty if nothing is
     * waited for at the moment.
     */
    void until(Optional<Long> nanos) {
        untilNanos = nanos;
    }
}
