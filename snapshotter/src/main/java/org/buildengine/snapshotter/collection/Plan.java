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
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.cache.DiskCacheVolumes;
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

    /** What nobody knows of a cache volume is guessed: it was filled with 10 MB per second. This is for a kilobyte. */
    private static final Duration REFILL = Duration.ofNanos(100_000);

    private final Instant now;
    private final List<Item> items = new ArrayList<>();
    private long bytes;

    /** A layer, a blob or a cache volume, and the records that need it. */
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
        private final Subject subject;
        private final CacheRecord facts;
        private final boolean reachable;
        private final List<Part> parts = new ArrayList<>();
        private long exclusive;
        private long shared;
        private long charged;
        private boolean candidate;
        private boolean gone;

        /** An item of which all is known but its bytes. */
        Item(Subject subject, CacheRecord facts, boolean reachable) {
            this.subject = subject;
            this.facts = facts;
            this.reachable = reachable;
        }

        CacheRecord record() {
            return new CacheRecord(
                    facts.id(),
                    facts.origin(),
                    exclusive,
                    shared,
                    charged,
                    facts.created(),
                    facts.lastUsed(),
                    facts.uses(),
                    facts.cost(),
                    facts.inUse());
        }
    }

    /** What a record stands for. */
    sealed interface Subject {
        /** A result, with its layers and blobs. */
        record Result(Census.Entry entry) implements Subject {}

        /** A cache volume. */
        record Volume(DiskCacheVolumes.Listed listed) implements Subject {}
    }

    /** What was decided about one record: it goes, and frees so much. */
    record Decision(Subject subject, CacheRecord record) {}

    Plan(Census census, List<DiskCacheVolumes.Listed> volumes, Instant now) {
        this.now = now;
        Map<Object, Part> parts = new HashMap<>();
        volumes.forEach(volume -> parts.put(volume.identity(), new Part(volume.bytes())));
        census.layers().forEach((layer, size) -> parts.put(layer, new Part(size)));
        census.blobs().forEach((blob, size) -> parts.put(blob, new Part(size)));
        for (Census.Entry entry : census.entries()) {
            var item = new Item(new Subject.Result(entry), facts(entry), entry.reachable());
            entry.needed().forEach(layer -> join(item, parts.get(layer)));
            entry.blobs().forEach(blob -> join(item, parts.get(blob)));
            items.add(item);
        }
        for (DiskCacheVolumes.Listed volume : volumes) {
            var item = new Item(new Subject.Volume(volume), facts(volume), true);
            join(item, parts.get(volume.identity()));
            items.add(item);
        }
        items.forEach(Plan::weigh);
        this.bytes = parts.values().stream()
                .filter(part -> part.left > 0)
                .mapToLong(part -> part.bytes)
                .sum();
    }

    private static CacheRecord facts(Census.Entry entry) {
        return new CacheRecord(
                Long.toString(entry.id()),
                entry.origin(),
                0,
                0,
                0,
                entry.created(),
                entry.lastUsed(),
                entry.uses(),
                entry.cost(),
                entry.held());
    }

    private static CacheRecord facts(DiskCacheVolumes.Listed volume) {
        return new CacheRecord(
                "volume-" + volume.identity().hex().substring(0, 12),
                new Origin(RecordType.CACHE_MOUNT, volume.facts().description()),
                0,
                0,
                0,
                volume.facts().created(),
                volume.facts().lastUsed(),
                volume.facts().uses(),
                REFILL.multipliedBy(volume.bytes() / 1000),
                volume.inUse());
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
                decisions.add(new Decision(next.item.subject, next.item.record()));
                queue.addAll(take(next.item));
            }
        }
        return decisions;
    }

    private boolean mayGo(Item item, CachePolicy policy) {
        boolean recent =
                policy.keepDuration().isPositive() && item.facts.lastUsed().isAfter(now.minus(policy.keepDuration()));
        return !item.facts.inUse() && !recent && policy.matching().test(item.record());
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
        if (!item.reachable) {
            return new Candidate(item, Rank.USELESS, 0);
        }
        double idle = Math.max(0, Duration.between(item.facts.lastUsed(), now).toMillis());
        double recency = RECENT.toMillis() / (RECENT.toMillis() + idle);
        double worth = (item.facts.cost().toNanos() + 1e6) * recency;
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
                .thenComparing(candidate -> candidate.item.facts.created())
                .thenComparing(candidate -> candidate.item.facts.id());

        @Override
        public int compareTo(Candidate other) {
            return ORDER.compare(this, other);
        }
    }
}
