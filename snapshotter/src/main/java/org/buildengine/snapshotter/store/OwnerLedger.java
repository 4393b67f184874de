package org.buildengine.snapshotter.store;

import java.lang.ref.Cleaner;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.buildengine.snapshotter.Holdings;
import org.buildengine.snapshotter.Owner;

/**
 * Who holds which results, in memory: owners do not outlive the process. A set of owners for each result instead of a
 * count, so that letting go twice changes nothing and a leak has a name: {@link #holdings} lists owners, and one that nobody
 * can close any more is told to the log. Safe for use by several threads; nothing is called out to under its lock.
 */
final class OwnerLedger {
    private static final System.Logger LOG = System.getLogger(OwnerLedger.class.getName());
    private static final Cleaner ABANDONED =
            Cleaner.create(Thread.ofPlatform().name("abandoned-owners").daemon().factory());

    private final LongPredicate exists;
    private final LongConsumer used;
    private final InstantSource clock;
    private final Map<Long, Set<Holder>> holders = new HashMap<>();
    private final Set<Long> leaving = new HashSet<>();

    /**
     * A ledger without owners.
     *
     * @param exists whether the store has a result
     * @param used told of each result that somebody begins to hold
     * @param clock says when owners are opened
     */
    OwnerLedger(LongPredicate exists, LongConsumer used, InstantSource clock) {
        this.exists = exists;
        this.used = used;
        this.clock = clock;
    }

    Owner open(String name) {
        return new Handle(new Holder(name, clock.instant()));
    }

    /** Who holds results, the oldest first. */
    synchronized List<Holdings> holdings() {
        return holders.values().stream()
                .flatMap(Set::stream)
                .distinct()
                .map(holder -> new Holdings(holder.name, holder.since, holder.held.size()))
                .sorted(Comparator.comparing(Holdings::since).thenComparing(Holdings::owner))
                .toList();
    }

    /** Whether anybody holds the result. */
    synchronized boolean held(long result) {
        return holders.containsKey(result);
    }

    /** Lets a result go unless somebody holds it; from now on nobody can, until {@link #left}. */
    synchronized boolean leave(long result) {
        return !holders.containsKey(result) && leaving.add(result);
    }

    /** These results have left the store, or stay after all. */
    synchronized void left(Collection<Long> results) {
        leaving.removeAll(results);
    }

    private synchronized boolean add(Holder holder, long result) {
        if (holder.closed || leaving.contains(result)) {
            return false;
        }
        holder.held.add(result);
        holders.computeIfAbsent(result, _ -> new HashSet<>()).add(holder);
        return true;
    }

    private synchronized void remove(Holder holder, Collection<Long> results) {
        for (Long result : results) {
            Set<Holder> left = holders.get(result);
            if (left != null && left.remove(holder) && left.isEmpty()) {
                holders.remove(result);
            }
        }
    }

    private synchronized void forget(Holder holder, long result) {
        holder.held.remove(result);
        remove(holder, List.of(result));
    }

    private synchronized void close(Holder holder) {
        holder.closed = true;
        remove(holder, holder.held);
        holder.held.clear();
    }

    /** Says of an owner that was never closed what stays because of it. */
    private synchronized void report(Holder holder) {
        if (!holder.closed && !holder.held.isEmpty()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "\"{0}\" was given up without being closed; {1} results that it has held since {2} stay until the engine ends."
                            + " This is a defect of the engine",
                    holder.name,
                    holder.held.size(),
                    holder.since);
        }
    }

    private static final class Holder {
        private final String name;
        private final Instant since;
        private final Set<Long> held = new HashSet<>();
        private boolean closed;

        Holder(String name, Instant since) {
            this.name = name;
            this.since = since;
        }
    }

    /** A holder as its user sees it, apart from the ledger, so that it is noticed when nobody has it any more. */
    private final class Handle implements Owner {
        private final Holder holder;
        private final Cleaner.Cleanable abandoned;

        Handle(Holder holder) {
            this.holder = holder;
            this.abandoned = ABANDONED.register(this, () -> report(holder));
        }

        @Override
        public boolean hold(long result) {
            if (!add(holder, result)) {
                return false;
            }
            if (!exists.test(result)) {
                forget(holder, result);
                return false;
            }
            used.accept(result);
            return true;
        }

        @Override
        public void close() {
            OwnerLedger.this.close(holder);
            abandoned.clean();
        }

        @Override
        public String toString() {
            return holder.name;
        }
    }

    /** Holds a result that is about to be published, before it exists. */
    void holdNew(Owner owner, long result) {
        if (owner instanceof Handle handle) {
            add(handle.holder, result);
        }
    }
}
