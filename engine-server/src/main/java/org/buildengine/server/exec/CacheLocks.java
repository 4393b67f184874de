package org.buildengine.server.exec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import org.buildengine.snapshotter.Digest;

/**
 * The locks of exclusive cache volumes. An execution takes all of its locks before it does anything else, in the order
 * of the volumes' digests, so that two can never wait for each other; who came first gets a lock first. Safe for several
 * threads.
 */
final class CacheLocks {
    private final Map<Digest, Semaphore> locks = new ConcurrentHashMap<>();

    /** Locks held. Closing gives them back. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /** Waits for the locks of these volumes; an interrupt gives those back that were taken. */
    Held take(Collection<Digest> volumes) throws InterruptedException {
        List<Semaphore> taken = new ArrayList<>();
        try {
            for (Digest volume : volumes.stream().distinct().sorted().toList()) {
                Semaphore lock = locks.computeIfAbsent(volume, v -> new Semaphore(1, true));
                lock.acquire();
                taken.add(lock);
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
}
