package org.buildengine.snapshotter.store;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.LongPredicate;
import org.buildengine.snapshotter.Owner;

/**
 * Who holds which results, in memory: owners do not outlive the process. A set of owners for each result instead of a
 * count, so that letting go twice changes nothing and a leak has a name. Safe for use by several threads; nothing is
 * called out to under its lock.
 */
final class OwnerLedger {
    private final LongPredicate exists;
    private final LongConsumer used;
    private final Map<Long, Set<Holder>> holders = new HashMap<>();
    private final Set<Long> leaving = new HashSet<>();

    /**
     * A ledger without owners.
     *
     * @param exists whether the store has a result
     * @param used told of each result that somebody begins to hold
     */
    OwnerLedger(LongPredicate exists, LongConsumer used) {
        this.exists = exists;
        this.used = used;
    }

    Owner open(String name) {
        return new Holder(name);
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

    private final class Holder implements Owner {
        private final String name;
        private final Set<Long> held = new HashSet<>();
        private boolean closed;

        Holder(String name) {
            this.name = name;
        }

        @Override
        public boolean hold(long result) {
            if (!add(this, result)) {
                return false;
            }
            if (!exists.test(result)) {
                forget(this, result);
                return false;
            }
            used.accept(result);
            return true;
        }

        @Override
        public void close() {
            OwnerLedger.this.close(this);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** Holds a result that is about to be published, before it exists. */
    void holdNew(Owner owner, long result) {
        if (owner instanceof Holder holder) {
            add(holder, result);
        }
    }
}
