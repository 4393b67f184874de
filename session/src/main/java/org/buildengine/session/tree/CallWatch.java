package org.buildengine.session.tree;

import java.time.Duration;
import java.util.Optional;

/**
 * Says for how long the calls to a client that one thread makes may still stay without an answer. A watch is over the calls that
 * its thread begins before it is closed; a watch within another takes its place until then. Written by the thread of a call,
 * read by any.
 */
public final class CallWatch implements AutoCloseable {
    private static final ThreadLocal<CallWatch> CURRENT = new ThreadLocal<>();

    private final Optional<CallWatch> before;
    private volatile Optional<Long> untilNanos = Optional.empty();

    private CallWatch(Optional<CallWatch> before) {
        this.before = before;
    }

    /** Begins to watch the calls of this thread. The same thread closes it. */
    public static CallWatch open() {
        var watch = new CallWatch(Optional.ofNullable(CURRENT.get()));
        CURRENT.set(watch);
        return watch;
    }

    /** The one that watches this thread, or one that nobody reads. */
    public static CallWatch current() {
        return Optional.ofNullable(CURRENT.get()).orElseGet(() -> new CallWatch(Optional.empty()));
    }

    /** How much longer the call that waits now may stay without an answer; empty if none waits. Never blocks. */
    public Optional<Duration> left() {
        long now = System.nanoTime();
        return untilNanos.map(until -> Duration.ofNanos(until - now));
    }

    /** A call waits from now on, so long at most. */
    public void waits(Duration limit) {
        untilNanos = Optional.of(System.nanoTime() + limit.toNanos());
    }

    /** The call has what it waited for, or has given up. */
    public void goesOn() {
        untilNanos = Optional.empty();
    }

    @Override
    public void close() {
        before.ifPresentOrElse(CURRENT::set, CURRENT::remove);
    }
}
