package org.buildengine.solver.admission;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets at most so many in at once. A place that becomes free goes to the party that has the fewest, among equals in turn;
 * within a party they come in order. So one that has many waiting holds back no other: as long as all have some waiting, each
 * has the same share. Waiting is a future, so that a waiter can be woken by other things
 * too; one that gives up cancels its future. Safe for use by several threads.
 */
public final class Gate {
    private final ReentrantLock lock = new ReentrantLock();

    /** The parties that are in or wait; who was served last comes last. */
    private final Map<Object, Line> lines = new LinkedHashMap<>();

    private final int capacity;

    /** While somebody waits it is 0. */
    private int free;

    private static final class Line {
        private final ArrayDeque<CompletableFuture<Pass>> waiting = new ArrayDeque<>();
        private int inside;

        /** Whether somebody waits who did not give up, and did not come in for another party. */
        private boolean waits() {
            while (!waiting.isEmpty() && waiting.element().isDone()) {
                waiting.remove();
            }
            return !waiting.isEmpty();
        }
    }

    public Gate(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a gate lets in at least one, not " + capacity);
        }
        this.capacity = capacity;
        this.free = capacity;
    }

    /**
     * A place in the queue: completes when the caller is in. Cancelling it leaves the queue.
     *
     * @param party on whose account; compared by {@code equals}
     */
    public CompletableFuture<Pass> enter(Object party) {
        lock.lock();
        try {
            if (free > 0) {
                free--;
                return CompletableFuture.completedFuture(new Pass(taken(party)));
            }
            var place = new CompletableFuture<Pass>();
            line(party).waiting.add(place);
            return place;
        } finally {
            lock.unlock();
        }
    }

    /** Lets a place wait on the account of another party as well, behind what that one has waiting: the first turn counts. */
    public void share(CompletableFuture<Pass> place, Object party) {
        lock.lock();
        try {
            if (!place.isDone()) {
                line(party).waiting.add(place);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public String toString() {
        lock.lock();
        try {
            return capacity - free + " of " + capacity + " places taken";
        } finally {
            lock.unlock();
        }
    }

    private Line line(Object party) {
        return lines.computeIfAbsent(party, _ -> new Line());
    }

    /** Counts one more of this party in, which is the last to be served again. */
    private Object taken(Object party) {
        Line line = line(party);
        line.inside++;
        lines.remove(party);
        lines.put(party, line);
        return party;
    }

    private void leave(Object party) {
        Object leaving = party;
        while (true) {
            Object served;
            CompletableFuture<Pass> next;
            lock.lock();
            try {
                line(leaving).inside--;
                @Nullable Object turn = turn();
                if (turn == null) {
                    free++;
                    return;
                }
                served = taken(turn);
                next = line(served).waiting.remove();
            } finally {
                lock.unlock();
            }
            if (next.complete(new Pass(served))) {
                return;
            }
            leaving = served;
        }
    }

    /** The party that is served next, if somebody waits; forgets those that are neither in nor wait. */
    private @Nullable Object turn() {
        lines.values().removeIf(line -> line.inside == 0 && !line.waits());
        @Nullable Object turn = null;
        int fewest = Integer.MAX_VALUE;
        for (Map.Entry<Object, Line> each : lines.entrySet()) {
            if (each.getValue().inside < fewest && each.getValue().waits()) {
                turn = each.getKey();
                fewest = each.getValue().inside;
            }
        }
        return turn;
    }

    /** Being in. Closing lets the next one in; closing twice does nothing. */
    public final class Pass implements AutoCloseable {
        private final Object party;
        private final AtomicBoolean open = new AtomicBoolean(true);

        private Pass(Object party) {
            this.party = party;
        }

        @Override
        public void close() {
            if (open.compareAndSet(true, false)) {
                leave(party);
            }
        }
    }
}
