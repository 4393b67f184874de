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
    // Written by the thread that asks; empty while the client has answered what it was asked.
    private volatile Optional<Unanswered> unanswered = Optional.empty();

    private record Unanswered(long sinceNanos, long untilNanos) {}

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
            long left = timing.deadline().plus(timing.interval()).toNanos() * (timing.failures() - failures)
                    - timing.interval().toNanos();
            unanswered = Optional.of(
                    new Unanswered(unanswered.map(Unanswered::sinceNanos).orElse(now), now + left));
            try {
                check();
                failures = 0;
                unanswered = Optional.empty();
            } catch (StatusRuntimeException e) {
                failures++;
                last = e.getStatus().getCode().name();
            }
            if (failures >= timing.failures()) {
                attachables.giveUp("the client did not answer " + failures + " health checks in a row (" + last + ")");
            }
        }
    }

    /**
     * How much longer the connection lasts if the client goes on to leave its checks unanswered; empty unless one has been
     * unanswered for a second. Never blocks.
     */
    Optional<Duration> left() {
        long now = System.nanoTime();
        return unanswered
                .filter(check -> now - check.sinceNanos() >= NOTICEABLE.toNanos())
                .map(check -> Duration.ofNanos(check.untilNanos() - now));
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
