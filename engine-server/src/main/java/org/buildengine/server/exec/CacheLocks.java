package org.buildengine.server.exec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;

/**
 * The locks of exclusive cache volumes. An execution takes all of its locks before it does anything else, in the order
 * of the volumes' digests, so that two can never wait for each other; who came first gets a lock first. Safe for several
 * threads.
 */
final class CacheLocks {
    private final Map<Digest, Lock> locks = new ConcurrentHashMap<>();
    private final Waits waits;

    /** Locks that nobody has. */
    CacheLocks(Waits waits) {
        this.waits = waits;
    }

    private static final class Lock {
        private final Semaphore free = new Semaphore(1, true);

        /** Who has it, or had it last. */
        private volatile Party holder = Party.ENGINE;
    }

    /** Locks held. Closing gives them back. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits for the locks of these volumes; an interrupt gives those back that were taken. */
    Held take(Collection<Digest> volumes, Party taker) throws InterruptedException {
        List<Semaphore> taken = new ArrayList<>();
        try {
            for (Digest volume : volumes.stream().distinct().sorted().toList()) {
                Lock lock = locks.computeIfAbsent(volume, _ -> new Lock());
                acquire(lock, volume, taker);
                taken.add(lock.free);
                lock.holder = taker;
            }
        } catch (InterruptedException e) {
            taken.forEach(Semaphore::release);
            throw e;
        }
        return () -> {
            taken.forEach(Semaphore::release);
            taken.clear();
        };
    }

    private void acquire(Lock lock, Digest volume, Party taker) throws InterruptedException {
        if (lock.free.tryAcquire(0, TimeUnit.SECONDS)) {
            return;
        }
        try (Waits.Waiting _ = waits.begin(taker, () -> lock.holder, Wait.Kind.CACHE_VOLUME, volume.hex())) {
            lock.free.acquire();
        }
    }
}
