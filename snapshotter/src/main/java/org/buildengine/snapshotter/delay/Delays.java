package org.buildengine.snapshotter.delay;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Waiter;

/**
 * The waits in a snapshotter that are under way. One of less than a second is not worth telling. Safe for use by several threads;
 * never blocks.
 */
public final class Delays {
    private static final ScopedValue<Waiter> CALLER = ScopedValue.newInstance();
    private static final Duration NOTICEABLE = Duration.ofSeconds(1);

    private final Duration noticeable;
    private final Set<Waiting> open = ConcurrentHashMap.newKeySet();
    private final List<Supplier<Collection<Delay>>> sources = new CopyOnWriteArrayList<>();

    /** None yet. */
    public Delays() {
        this(NOTICEABLE);
    }

    /** The same with another idea of what is worth telling. */
    public Delays(Duration noticeable) {
        this.noticeable = noticeable;
    }

    /** Does something on behalf of {@code waiter}. */
    public static <T, X extends Throwable> T of(Waiter waiter, ScopedValue.CallableOp<? extends T, X> work) throws X {
        return ScopedValue.where(CALLER, waiter).call(work);
    }

    /** On whose behalf this thread works, if that was said. */
    public static Optional<Waiter> caller() {
        return CALLER.isBound() ? Optional.of(CALLER.get()) : Optional.empty();
    }

    /** The caller of this thread begins to wait, for as long as it takes, and does until what is returned is closed. */
    public Waiting begin(Delay.Cause cause, String detail) {
        return begin(cause, detail, Optional.empty());
    }

    /** The same, for so long at most. */
    public Waiting begin(Delay.Cause cause, String detail, Duration atMost) {
        return begin(cause, detail, Optional.of(atMost));
    }

    private Waiting begin(Delay.Cause cause, String detail, Optional<Duration> limit) {
        var waiting = new Waiting(caller(), cause, detail, System.nanoTime(), limit);
        open.add(waiting);
        return waiting;
    }

    /** Asks {@code source} too, for who knows from something else who waits. */
    public void alsoAsk(Supplier<Collection<Delay>> source) {
        sources.add(source);
    }

    /** Who waits now, and has done so for a while. */
    public List<Delay> now() {
        return Stream.concat(
                        open.stream().map(Waiting::delay), sources.stream().flatMap(source -> source.get().stream()))
                .filter(delay -> delay.age().compareTo(noticeable) >= 0)
                .toList();
    }

    /** A wait that is under way. Closing it ends it; closing twice does nothing. */
    public final class Waiting implements AutoCloseable {
        private final Optional<Waiter> waiter;
        private final Delay.Cause cause;
        private final String detail;
        private final long began;
        private final Optional<Duration> limit;

        private Waiting(
                Optional<Waiter> waiter, Delay.Cause cause, String detail, long began, Optional<Duration> limit) {
            this.waiter = waiter;
            this.cause = cause;
            this.detail = detail;
            this.began = began;
            this.limit = limit;
        }

        private Delay delay() {
            Duration age = Duration.ofNanos(System.nanoTime() - began);
            return new Delay(waiter, cause, detail, age, limit.map(most -> most.minus(age)));
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }
}
