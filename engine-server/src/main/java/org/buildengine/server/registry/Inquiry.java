package org.buildengine.server.registry;

import java.time.Duration;
import java.util.Optional;
import org.buildengine.solver.waiting.Awaited;
import org.buildengine.solver.waiting.Party;
import org.jspecify.annotations.Nullable;

/**
 * Which server is asked at this moment for what somebody wants of a registry, and until when. Written by the one thread that
 * asks, read by any.
 */
public final class Inquiry {
    private record Asked(Party server, long sinceNanos, Optional<Long> untilNanos) {}

    private volatile @Nullable Asked asked;

    /** Nobody is asked yet. */
    public Inquiry() {}

    /** Whom who wants the answer waits for; {@code registry} while nobody is asked. Never blocks. */
    public Awaited awaited(Party registry) {
        Asked current = asked;
        if (current == null) {
            return Awaited.of(registry);
        }
        long now = System.nanoTime();
        return new Awaited(
                current.server(),
                Optional.of(Duration.ofNanos(now - current.sinceNanos())),
                current.untilNanos().map(until -> Duration.ofNanos(until - now)));
    }

    /** This server is asked now; what it does not answer until then, by {@link System#nanoTime}, is given up. */
    void asks(Party server, long untilNanos) {
        Asked before = asked;
        long since = before != null && before.server().equals(server) ? before.sinceNanos() : System.nanoTime();
        asked = new Asked(server, since, Optional.of(untilNanos));
    }

    /** The same server has more time, or needs none for the moment. */
    void until(Optional<Long> nanos) {
        Asked current = asked;
        if (current != null) {
            asked = new Asked(current.server(), current.sinceNanos(), nanos);
        }
    }
}
