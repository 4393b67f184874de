package org.buildengine.solver.admission;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;

/**
 * The locks of cache volumes that one execution at a time may use. All that an execution needs it gets at once, so nobody has one
 * and waits for another, and no two can wait for each other. Who came first gets a volume first; who needs none that is taken, or
 * that is wanted by somebody who came earlier, does not wait. Safe for use by several threads; never blocks.
 */
public final class VolumeLocks {
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Digest, Place> holders = new HashMap<>();
    private final Set<Place> waiting = new LinkedHashSet<>();

    /** Locks that nobody has. */
    public VolumeLocks(InstantSource clock) {
        this.clock = clock;
    }

    /** Asks for the locks of these volumes. */
    public Place take(Set<Digest> volumes, Party taker) {
        var place = new Place(Set.copyOf(volumes), taker, clock.instant());
        lock.lock();
        try {
            waiting.add(place);
        } finally {
            lock.unlock();
        }
        grant();
        return place;
    }

    /** Who waits for which volume, and whom for: its user, or somebody who came earlier. */
    public List<Wait> waits() {
        lock.lock();
        try {
            var waits = new ArrayList<Wait>();
            Map<Digest, Place> next = new HashMap<>(holders);
            for (Place place : waiting) {
                place.volumes.stream()
                        .sorted()
                        .filter(next::containsKey)
                        .findFirst()
                        .ifPresent(volume -> waits.add(new Wait(
                                place.taker,
                                next.getOrDefault(volume, place).taker,
                                Wait.Kind.CACHE_VOLUME,
                                volume.hex(),
                                place.since,
                                Optional.empty())));
                place.volumes.forEach(volume -> next.putIfAbsent(volume, place));
            }
            return waits;
        } finally {
            lock.unlock();
        }
    }

    private void grant() {
        for (Place place : grantable()) {
            place.granted.complete(null);
        }
    }

    private List<Place> grantable() {
        lock.lock();
        try {
            var granted = new ArrayList<Place>();
            Set<Digest> wanted = new HashSet<>(holders.keySet());
            for (Place place : List.copyOf(waiting)) {
                if (place.volumes.stream().noneMatch(wanted::contains)) {
                    waiting.remove(place);
                    place.volumes.forEach(volume -> holders.put(volume, place));
                    granted.add(place);
                }
                wanted.addAll(place.volumes);
            }
            return granted;
        } finally {
            lock.unlock();
        }
    }

    /** The locks of one execution, once they are granted. Closing gives them back, or gives up; closing twice does nothing. */
    public final class Place implements AutoCloseable {
        private final Set<Digest> volumes;
        private final Party taker;
        private final Instant since;
        private final CompletableFuture<Void> granted = new CompletableFuture<>();

        private Place(Set<Digest> volumes, Party taker, Instant since) {
            this.volumes = volumes;
            this.taker = taker;
            this.since = since;
        }

        /** Completes when all of the volumes are this one's. */
        public CompletableFuture<Void> granted() {
            return granted;
        }

        @Override
        public void close() {
            lock.lock();
            try {
                waiting.remove(this);
                volumes.forEach(volume -> holders.remove(volume, this));
            } finally {
                lock.unlock();
            }
            grant();
        }
    }
}
