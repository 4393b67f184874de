package org.buildengine.session.attachables;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks a client from time to time whether it still answers, and ends the connection after several failures in a row. A
 * vanished peer whose transport is closed is noticed without this; it is for one that is silent.
 */
public final class HealthWatch {
    static final String METHOD = "/grpc.health.v1.Health/Check";

    /** A healthy client answers sooner. */
    private static final Duration NOTICEABLE = Duration.ofSeconds(1);

    private final Attachables attachables;
    private final Timing timing;
    // Written by the thread that asks.
    private volatile Standing standing;

    /**
     * Where the checks stand.
     *
     * @param unanswered since when the client owes an answer; empty if it has given the last
     * @param untilNanos when the connection ends if no answer comes any more, to this check or to a later one
     */
    private record Standing(Optional<Long> unanswered, long untilNanos) {}

    /**
     * When to ask and when to give up.
     *
     * @param interval between two checks, also before the first
     * @param deadline of one check
     * @param failures in a row that end the connection
     */
    public record Timing(Duration interval, Duration deadline, int failures) {
        /** As Dagger 0.21: every 5 s, 30 s for an answer, two failures. */
        public static final Timing STANDARD = new Timing(Duration.ofSeconds(5), Duration.ofSeconds(30), 2);

        private static final int FAILURES = 2;

        /** Two checks, so that a client that answers none is given up after {@code silence}. */
        public static Timing within(Duration silence) {
            Duration half = silence.dividedBy(FAILURES);
            Duration interval =
                    half.dividedBy(7).compareTo(STANDARD.interval()) < 0 ? half.dividedBy(7) : STANDARD.interval();
            return new Timing(interval, half.minus(interval), FAILURES);
        }

        public Timing {
            if (interval.isNegative()
                    || interval.isZero()
                    || deadline.isNegative()
                    || deadline.isZero()
                    || failures < 1) {
                throw new IllegalArgumentException("health checks need positive times and counts");
            }
        }
    }

    HealthWatch(Attachables attachables, Timing timing) {
        this.attachables = attachables;
        this.timing = timing;
        this.standing = new Standing(Optional.empty(), System.nanoTime() + untilGivenUp(0));
    }

    /** From the moment at which so many checks have failed. */
    private long untilGivenUp(int failures) {
        return timing.interval().plus(timing.deadline()).toNanos() * (timing.failures() - failures);
    }

    void start() {
        Thread thread = Thread.ofVirtual().name("client health").unstarted(this::watch);
        thread.start();
    }

    private void watch() {
        int failures = 0;
        String last = "";
        while (!closedWithin(timing.interval())) {
            long now = System.nanoTime();
            standing = new Standing(
                    Optional.of(standing.unanswered().orElse(now)),
                    now + untilGivenUp(failures) - timing.interval().toNanos());
            try {
                check();
                failures = 0;
                standing = new Standing(Optional.empty(), System.nanoTime() + untilGivenUp(0));
            } catch (StatusRuntimeException e) {
                failures++;
                last = e.getStatus().getCode().name();
            }
            if (failures >= timing.failures()) {
                attachables.giveUp("the client did not answer " + failures + " health checks in a row (" + last + ")");
            }
        }
    }

    /** How things stand with a client of which nothing is heard any more from now on. Never blocks. */
    Silence silence() {
        long now = System.nanoTime();
        Standing known = standing;
        return new Silence(
                known.unanswered()
                        .filter(since -> now - since >= NOTICEABLE.toNanos())
                        .isPresent(),
                Duration.ofNanos(known.untilNanos() - now));
    }

    private void check() {
        try {
            var _ = HealthGrpc.newBlockingStub(attachables.channel())
                    .withDeadlineAfter(timing.deadline().toNanos(), TimeUnit.NANOSECONDS)
                    .check(HealthCheckRequest.getDefaultInstance());
        } catch (StatusRuntimeException e) {
            // Whoever says "unknown method" or "unknown service" is alive.
            Status.Code code = e.getStatus().getCode();
            if (code != Status.Code.UNIMPLEMENTED && code != Status.Code.NOT_FOUND) {
                throw e;
            }
        }
    }

    private boolean closedWithin(Duration wait) {
        try {
            var _ = attachables.closed().get(wait.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
