package org.buildengine.solver.admission;

import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets at most so many in at once, in the order in which they came. Waiting is a future, so that a waiter can be woken
 * by other things too; one that gives up cancels its future. Safe for use by several threads.
 */
public final class Gate {
    private final ReentrantLock lock = new ReentrantLock();
    private final ArrayDeque<CompletableFuture<Pass>> waiting = new ArrayDeque<>();
    private final int capacity;
    private int free;

    public Gate(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a gate lets in at least one, not " + capacity);
        }
        this.capacity = capacity;
        this.free = capacity;
    }

    /** A place in the queue: completes when the caller is in. Cancelling it leaves the queue. */
    public CompletableFuture<Pass> enter() {
        lock.lock();
        try {
            if (free > 0 && waiting.isEmpty()) {
                free--;
                return CompletableFuture.completedFuture(new Pass());
            }
            var place = new CompletableFuture<Pass>();
            waiting.add(place);
            return place;
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

    private void leave() {
        var pass = new Pass();
        while (true) {
            CompletableFuture<Pass> next;
            lock.lock();
            try {
                next = waiting.poll();
                if (next == null) {
                    free++;
                    return;
                }
            } finally {
                lock.unlock();
            }
            if (next.complete(pass)) {
                return;
            }
        }
    }

    /** Being in. Closing lets the next one in; closing twice does nothing. */
    public final class Pass implements AutoCloseable {
        private final AtomicBoolean open = new AtomicBoolean(true);

        private Pass() {}

        @Override
        public void close() {
            if (open.compareAndSet(true, false)) {
                leave();
            }
        }
    }
}
