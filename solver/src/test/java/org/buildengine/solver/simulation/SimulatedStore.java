package org.buildengine.solver.simulation;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.MemorySnapshotter;

/**
 * The store of a world: it knows who holds what, takes out what nobody holds, fails when chaos strikes, and is a place to
 * lose one's turn before and after each call. A tree of a result that is gone cannot be read any more.
 */
final class SimulatedStore extends MemorySnapshotter {
    private final Chaos chaos;
    private final Judge judge;
    private final SplittableRandom random;
    private final InstantSource clock;
    private final Map<LayerId, Map<String, String>> layers = new HashMap<>();
    private final IdentityHashMap<Snapshot, StoredResult> origins = new IdentityHashMap<>();
    private final Map<Long, StoredResult> present = new TreeMap<>();
    private final Map<Long, Set<Holder>> holders = new HashMap<>();
    private final Set<Holder> open = new LinkedHashSet<>();

    SimulatedStore(Chaos chaos, Judge judge, InstantSource clock, SplittableRandom random) {
        this.chaos = chaos;
        this.judge = judge;
        this.random = random;
        this.clock = clock;
    }

    @Override
    protected Instant now() {
        return clock.instant();
    }

    /** A new tree with these files, which no result has yet. */
    Snapshot tree(Map<String, String> files) {
        var layer = new LayerId("layer-" + layers.size());
        layers.put(layer, files);
        return new Snapshot(List.of(layer));
    }

    /** The files of a tree that a result has, which must not be gone. */
    Map<String, String> files(Snapshot tree) {
        StoredResult result = origin(tree);
        if (!present.containsKey(result.id())) {
            throw judge.violated("P1", "result " + result.id() + " was collected while somebody needed it");
        }
        return made(tree);
    }

    private Map<String, String> made(Snapshot tree) {
        return layers.getOrDefault(tree.layers().getFirst(), Map.of());
    }

    /** The result that has this very tree. */
    StoredResult origin(Snapshot tree) {
        StoredResult result = origins.get(tree);
        if (result == null) {
            throw judge.violated("P4", "a tree that no result has: " + tree);
        }
        return result;
    }

    boolean holds(Owner owner, StoredResult result) {
        return present.containsKey(result.id())
                && holders.getOrDefault(result.id(), Set.of()).contains(owner);
    }

    /** Owners that were not closed. */
    Set<? extends Owner> open() {
        return open;
    }

    /** Takes out one result that nobody holds, if there is one. */
    void collect() {
        List<Long> unheld =
                present.keySet().stream().filter(id -> !holders.containsKey(id)).toList();
        if (!unheld.isEmpty()) {
            long id = unheld.get(random.nextInt(unheld.size()));
            present.remove(id);
            remove(id);
        }
    }

    @Override
    public Optional<StoredResult> find(KeyKind kind, Digest key) {
        Strand.pause();
        Optional<StoredResult> found = super.find(kind, key);
        Strand.pause();
        return found;
    }

    @Override
    public Owner owner(String name) {
        var holder = new Holder(name);
        open.add(holder);
        return holder;
    }

    @Override
    public StoredResult publish(NewResult result, Owner owner) throws IOException {
        Strand.pause();
        chaos.maybeFailStore();
        StoredResult stored = super.publish(result, owner);
        present.put(stored.id(), stored);
        stored.outputs().forEach(tree -> origins.put(tree, stored));
        if (owner instanceof Holder holder) {
            holder.add(stored.id());
        }
        judge.published(stored, result, this);
        Strand.pause();
        return stored;
    }

    @Override
    public void addKey(KeyKind kind, Digest key, long resultId) throws IOException {
        Strand.pause();
        chaos.maybeFailStore();
        super.addKey(kind, key, resultId);
        Strand.pause();
    }

    @Override
    public Tree tree(Snapshot snapshot) throws IOException {
        Strand.pause();
        chaos.maybeFailStore();
        return contents(snapshot);
    }

    /** What a tree is; nobody comes in between. */
    Tree contents(Snapshot snapshot) {
        // what was just made may be read before it is a result
        return new Contents(snapshot, origins.containsKey(snapshot) ? files(snapshot) : made(snapshot));
    }

    private final class Holder implements Owner {
        private final String name;
        private final Set<Long> held = new HashSet<>();

        Holder(String name) {
            this.name = name;
        }

        private void add(long result) {
            held.add(result);
            holders.computeIfAbsent(result, _ -> new HashSet<>()).add(this);
        }

        @Override
        public boolean hold(long result) {
            Strand.pause();
            boolean possible = open.contains(this) && present.containsKey(result);
            if (possible) {
                add(result);
            }
            Strand.pause();
            return possible;
        }

        @Override
        public void close() {
            Strand.pause();
            open.remove(this);
            for (Long result : new ArrayList<>(held)) {
                Set<Holder> left = holders.getOrDefault(result, new HashSet<>());
                left.remove(this);
                if (left.isEmpty()) {
                    holders.remove(result);
                }
            }
            held.clear();
            Strand.pause();
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
