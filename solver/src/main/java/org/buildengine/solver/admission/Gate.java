package org.buildengine.solver.admission;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.solver.Headroom;
import org.jspecify.annotations.Nullable;

/**
 * Lets in only so much at once, and while there is no headroom nobody beside those that are in. What becomes free goes to the party
 * that has the least, among equals in turn; within a party they come in order. So one that has many waiting holds back no other: as
 * long as all have some waiting, each has the same share. Nobody overtakes the one whose turn it is, also if that one does not fit
 * yet, so that the heavy are not passed over for ever; what is as heavy as all of the gate comes in alone. Safe for use by several
 * threads; never blocks.
 */
public final class Gate {
    private final ReentrantLock lock = new ReentrantLock();

    /** The parties that are in or wait; who was served last comes last. */
    private final Map<Object, Line> lines = new LinkedHashMap<>();

    private final int capacity;
    private final Headroom headroom;

    /** The weight of all that are in. */
    private int inside;

    /** What keeps somebody out who would fit. */
    private Optional<String> shortage = Optional.empty();

    /** Whether the headroom is to be looked at again. */
    private boolean looking;

    private static final class Line {
        private final ArrayDeque<Place> waiting = new ArrayDeque<>();
        private int inside;

        /** The first that did not give up, and did not come in for another party. */
        private @Nullable Place first() {
            while (!waiting.isEmpty() && !waiting.element().waits) {
                waiting.remove();
            }
            return waiting.peek();
        }
    }

    /** A gate that lets in the weight of {@code capacity} whatever the headroom. */
    public Gate(int capacity) {
        this(capacity, Headroom.AMPLE);
    }

    /** A gate that lets in the weight of {@code capacity}, as long as there is headroom. */
    public Gate(int capacity, Headroom headroom) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a gate lets in at least one, not " + capacity);
        }
        this.capacity = capacity;
        this.headroom = headroom;
    }

    /**
     * Asks to be let in.
     *
     * @param party on whose account; compared by {@code equals}
     * @param weight for how many it counts; more than the capacity counts as that
     */
    public Place enter(Object party, int weight) {
        if (weight < 1) {
            throw new IllegalArgumentException("nothing has a weight of " + weight);
        }
        var place = new Place(Math.min(weight, capacity));
        place.share(party);
        admit();
        return place;
    }

    @Override
    public String toString() {
        lock.lock();
        try {
            return inside + " of " + capacity + " places taken"
                    + shortage.map(what -> ", " + what).orElse("");
        } finally {
            lock.unlock();
        }
    }

    private Line line(Object party) {
        return lines.computeIfAbsent(party, _ -> new Line());
    }

    /** Lets in whoever may come in now. */
    private void admit() {
        Optional<String> wanting = headroom.shortage();
        var admitted = new ArrayList<Place>();
        boolean lookAgain;
        lock.lock();
        try {
            @Nullable Object turn = turn();
            while (turn != null && fits(turn) && (inside == 0 || wanting.isEmpty())) {
                admitted.add(take(turn));
                turn = turn();
            }
            shortage = turn != null && fits(turn) ? wanting : Optional.empty();
            lookAgain = shortage.isPresent() && !looking;
            looking |= lookAgain;
        } finally {
            lock.unlock();
        }
        admitted.forEach(place -> place.entered.complete(null));
        if (lookAgain) {
            headroom.whenItMayHaveChanged(this::lookAgain);
        }
    }

    private void lookAgain() {
        lock.lock();
        try {
            looking = false;
        } finally {
            lock.unlock();
        }
        admit();
    }

    /** The party that is served next, if somebody waits; forgets those that are neither in nor wait. */
    private @Nullable Object turn() {
        lines.values().removeIf(line -> line.inside == 0 && line.first() == null);
        @Nullable Object turn = null;
        int least = Integer.MAX_VALUE;
        for (Map.Entry<Object, Line> each : lines.entrySet()) {
            if (each.getValue().inside < least && each.getValue().first() != null) {
                turn = each.getKey();
                least = each.getValue().inside;
            }
        }
        return turn;
    }

    private boolean fits(Object turn) {
        Place first = line(turn).first();
        return first != null && first.weight <= capacity - inside;
    }

    /** Counts the next of this party in, which is the last to be served again. */
    private Place take(Object party) {
        Line line = line(party);
        Place place = line.waiting.remove();
        place.waits = false;
        place.account = line;
        line.inside += place.weight;
        inside += place.weight;
        lines.remove(party);
        lines.put(party, line);
        return place;
    }

    /** One who asks to be let in, and then is. Closing leaves, or gives up; closing twice does nothing. */
    public final class Place implements AutoCloseable {
        private final int weight;
        private final CompletableFuture<Void> entered = new CompletableFuture<>();
        private boolean waits = true;

        /** Of the party that it came in for, while it is in. */
        private @Nullable Line account;

        private Place(int weight) {
            this.weight = weight;
        }

        /** Completes when it is in. */
        public CompletableFuture<Void> entered() {
            return entered;
        }

        /** Lets it wait on the account of another party as well, behind what that one has waiting: the first turn counts. */
        public void share(Object party) {
            lock.lock();
            try {
                if (waits) {
                    line(party).waiting.add(this);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                Line line = account;
                if (!waits && line == null) {
                    return;
                }
                waits = false;
                account = null;
                if (line != null) {
                    line.inside -= weight;
                    inside -= weight;
                }
            } finally {
                lock.unlock();
            }
            admit();
        }
    }
}
