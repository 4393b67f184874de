package org.buildengine.solver.waiting;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The waits that are under way outside the solver's own queues. Safe for use by several threads; never blocks. */
public final class Waits {
    private final InstantSource clock;
    private final Set<Waiting> open = ConcurrentHashMap.newKeySet();
    private final List<Supplier<List<Wait>>> sources = new CopyOnWriteArrayList<>();

    /** None yet. */
    public Waits(InstantSource clock) {
        this.clock = clock;
    }

    /** Somebody begins to wait, and does until what is returned is closed. */
    public Waiting begin(Party waiter, Party awaited, Wait.Kind kind, String detail) {
        return begin(waiter, kind, detail, () -> Awaited.of(awaited));
    }

    /** The same, for so long at most. */
    public Waiting begin(Party waiter, Party awaited, Wait.Kind kind, String detail, Duration atMost) {
        Instant until = clock.instant().plus(atMost);
        return begin(
                waiter,
                kind,
                detail,
                () -> new Awaited(awaited, Optional.empty(), Optional.of(Duration.between(clock.instant(), until))));
    }

    /** The same for whoever is in the way, which may be another one later: {@code awaited} is asked when somebody wants to know. */
    public Waiting begin(Party waiter, Wait.Kind kind, String detail, Supplier<Awaited> awaited) {
        Instant began = clock.instant();
        var waiting = new Waiting(() -> {
            Instant now = clock.instant();
            Awaited current = awaited.get();
            return new Wait(
                    waiter,
                    current.party(),
                    kind,
                    current.note().isEmpty() ? detail : detail + " (" + current.note() + ")",
                    current.age().map(now::minus).orElse(began),
                    current.left().map(now::plus));
        });
        open.add(waiting);
        return waiting;
    }

    /** Asks {@code source} too, for who knows by itself who waits. */
    public void alsoAsk(Supplier<List<Wait>> source) {
        sources.add(source);
    }

    /**
     * All waits, the longest first: these, and those of the solver. A step that waits for something is not also said to work.
     *
     * @param ofSolver see {@link org.buildengine.solver.Solver#waits}
     */
    public List<Wait> with(List<Wait> ofSolver) {
        List<Wait> here = Stream.concat(
                        open.stream().map(waiting -> waiting.state.get()),
                        sources.stream().flatMap(source -> source.get().stream()))
                .toList();
        Set<Party> waiters = here.stream().map(Wait::waiter).collect(Collectors.toSet());
        return Stream.concat(
                        here.stream(),
                        ofSolver.stream().filter(wait -> !wait.kind().isWork() || !waiters.contains(wait.waiter())))
                .sorted(Comparator.comparing(Wait::since))
                .toList();
    }

    /** A wait that is under way. Closing it ends it; closing twice does nothing. */
    public final class Waiting implements AutoCloseable {
        private final Supplier<Wait> state;

        private Waiting(Supplier<Wait> state) {
            this.state = state;
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }
}
