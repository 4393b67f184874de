package org.buildengine.solver.node;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.Digest;

/**
 * What one job is to be told, in order for each vertex. It is noted under the lock of the node that it is about, which
 * settles the order, and told without any lock. Safe for use by several threads.
 */
final class Announcements {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition told = lock.newCondition();
    private final Map<Digest, Pending> pending = new HashMap<>();

    private static final class Pending {
        private final ArrayDeque<Runnable> events = new ArrayDeque<>();
        private boolean beingTold;
    }

    /** Notes something about a vertex, which is named by what is demanded; calls nobody. */
    void note(Digest vertex, Runnable event) {
        lock.lock();
        try {
            pending.computeIfAbsent(vertex, _ -> new Pending()).events.add(event);
        } finally {
            lock.unlock();
        }
    }

    /** Tells what was noted about a vertex; when this returns, all of that has been told, here or by somebody else. */
    void tell(Digest vertex) {
        lock.lock();
        try {
            while (!toldAll(vertex)) {
                told.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tells what was noted about a vertex, and waits for nobody: who is telling something of it tells the rest of it too. */
    void tellOrLeave(Digest vertex) {
        lock.lock();
        try {
            boolean _ = toldAll(vertex);
        } finally {
            lock.unlock();
        }
    }

    /** Tells all that was noted, under the lock, unless somebody else does. */
    private boolean toldAll(Digest vertex) {
        for (Pending about = pending.get(vertex); about != null; about = pending.get(vertex)) {
            if (about.beingTold) {
                return false;
            }
            if (about.events.isEmpty()) {
                pending.remove(vertex);
            } else {
                tellOne(about, about.events.remove());
            }
        }
        return true;
    }

    private void tellOne(Pending about, Runnable event) {
        about.beingTold = true;
        lock.unlock();
        try {
            event.run();
        } finally {
            lock.lock();
            about.beingTold = false;
            told.signalAll();
        }
    }
}
