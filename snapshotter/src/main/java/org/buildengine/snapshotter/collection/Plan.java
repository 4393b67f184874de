package org.buildengine.snapshotter.collection;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.store.Census;
import org.jspecify.annotations.Nullable;

/**
 * Decides what goes, on a copy of what there is. Of all that a policy is about, what is worth least for the bytes that it
 * alone takes goes first: what was quick to make and not used for long. Bytes that two records share belong to neither
 * until one of them goes. Used by one thread.
 */
final class Plan {
    /** What was not used for this long is worth half as much as what was used just now. */
    private static final Duration RECENT = Duration.ofHours(1);

    private final Instant now;
    private final List<Item> items = new ArrayList<>();
    private long bytes;

    /** A layer or a blob, and the records that need it. */
    private static final class Part {
        private final long bytes;
        private final List<Item> needing = new ArrayList<>();
        private int left;

        Part(long bytes) {
            this.bytes = bytes;
        }
    }

    /** A record, while it is decided about. */
    private static final class Item {
        private final Census.Entry entry;
        private final List<Part> parts = new ArrayList<>();
        private long exclusive;
        private long shared;
        private long charged;
        private boolean candidate;
        private boolean gone;

        Item(Census.Entry entry) {
            this.entry = entry;
        }

        CacheRecord record() {
            return new CacheRecord(
                    Long.toString(entry.id()),
                    entry.origin(),
                    exclusive,
                    shared,
                    charged,
                    entry.created(),
                    entry.lastUsed(),
                    entry.cost(),
                    entry.held());
        }
    }

    /** What was decided about one record: it goes, and frees so much. */
    record Decision(Census.Entry entry, CacheRecord record) {}

    Plan(Census census, Instant now) {
        this.now = now;
        Map<Object, Part> parts = new HashMap<>();
        census.layers().forEach((layer, size) -> parts.put(layer, new Part(size)));
        census.blobs().forEach((blob, size) -> parts.put(blob, new Part(size)));
        for (Census.Entry entry : census.entries()) {
            var item = new Item(entry);
            entry.needed().forEach(layer -> join(item, parts.get(layer)));
            entry.blobs().forEach(blob -> join(item, parts.get(blob)));
            items.add(item);
        }
        items.forEach(Plan::weigh);
        this.bytes = parts.values().stream()
                .filter(part -> part.left > 0)
                .mapToLong(part -> part.bytes)
                .sum();
    }

    private static void join(Item item, @Nullable Part part) {
        if (part != null) {
            if (part.needing.isEmpty()) {
                item.charged += part.bytes;
            }
            part.needing.add(item);
            part.left++;
            item.parts.add(part);
        }
    }

    private static void weigh(Item item) {
        long exclusive = 0;
        long shared = 0;
        for (Part part : item.parts) {
            if (part.left == 1) {
                exclusive += part.bytes;
            } else {
                shared += part.bytes;
            }
        }
        item.exclusive = exclusive;
        item.shared = shared;
    }

    /** Bytes of all that is left. */
    long bytes() {
        return bytes;
    }

    /** All that is left. */
    List<CacheRecord> records() {
        return items.stream().filter(item -> !item.gone).map(Item::record).toList();
    }

    /** Decides what goes under one policy, in the order in which it goes. */
    List<Decision> apply(CachePolicy policy, long free) {
        long limit = policy.limit(bytes, free);
        var queue = new PriorityQueue<Candidate>();
        for (Item item : items) {
            item.candidate = !item.gone && mayGo(item, policy);
            if (item.candidate) {
                queue.add(candidate(item));
            }
        }
        var decisions = new ArrayList<Decision>();
        for (Candidate next = queue.poll(); next != null && (limit == 0 || bytes > limit); next = queue.poll()) {
            // One that was queued again when it became worth less is met a second time.
            if (!next.item.gone) {
                decisions.add(new Decision(next.item.entry, next.item.record()));
                queue.addAll(take(next.item));
            }
        }
        return decisions;
    }

    private boolean mayGo(Item item, CachePolicy policy) {
        boolean recent =
                policy.keepDuration().isPositive() && item.entry.lastUsed().isAfter(now.minus(policy.keepDuration()));
        return !item.entry.held() && !recent && policy.matching().test(item.record());
    }

    /** Takes a record away; the candidates that have more bytes of their own now. */
    private List<Candidate> take(Item item) {
        item.gone = true;
        bytes -= item.exclusive;
        var changed = new ArrayList<Candidate>();
        for (Part part : item.parts) {
            part.left--;
            if (part.left == 1) {
                for (Item other : part.needing) {
                    if (!other.gone) {
                        weigh(other);
                        if (other.candidate) {
                            changed.add(candidate(other));
                        }
                    }
                }
            }
        }
        return changed;
    }

    private Candidate candidate(Item item) {
        if (!item.entry.reachable()) {
            return new Candidate(item, Rank.USELESS, 0);
        }
        double idle = Math.max(0, Duration.between(item.entry.lastUsed(), now).toMillis());
        double recency = RECENT.toMillis() / (RECENT.toMillis() + idle);
        double worth = (item.entry.cost().toNanos() + 1e6) * recency;
        return item.exclusive > 0
                ? new Candidate(item, Rank.FREES, worth / item.exclusive)
                : new Candidate(item, Rank.SHARES_ALL, worth);
    }

    /** Which kind of record goes before which. */
    private enum Rank {
        /** No key leads to it, or it lacks something. */
        USELESS,
        /** Its removal frees bytes. */
        FREES,
        /** Others need all that it needs. Its removal frees nothing, but perhaps theirs will then. */
        SHARES_ALL
    }

    /** A record that may go, as it was when it was queued; the first is what is missed least. */
    private record Candidate(Item item, Rank rank, double worth) implements Comparable<Candidate> {
        private static final Comparator<Candidate> ORDER = Comparator.comparing(Candidate::rank)
                .thenComparingDouble(Candidate::worth)
                .thenComparingLong(candidate -> candidate.item.entry.id());

        @Override
        public int compareTo(Candidate other) {
            return ORDER.compare(this, other);
        }
    }
}
