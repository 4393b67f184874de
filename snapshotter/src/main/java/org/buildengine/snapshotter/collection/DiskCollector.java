package org.buildengine.snapshotter.collection;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.store.Removal;
import org.buildengine.snapshotter.store.Store;

/** Collects in a store. Safe for use by several threads, which take turns. */
public final class DiskCollector implements CacheCollector {
    private final Path root;
    private final Store store;
    private final Removal.LayersGone gone;
    private final InstantSource clock;

    /**
     * A collector.
     *
     * @param root a directory on the file system that is to have free space
     * @param gone unmounts layers before their files go
     */
    public DiskCollector(Path root, Store store, Removal.LayersGone gone, InstantSource clock) {
        this.root = root;
        this.store = store;
        this.gone = gone;
        this.clock = clock;
    }

    @Override
    public Usage usage() throws IOException {
        return NativeThreads.run(() -> {
            try (Removal removal = store.remove()) {
                var plan = new Plan(removal.census(), clock.instant());
                return new Usage(plan.records(), plan.bytes());
            }
        });
    }

    @Override
    public Pruned plan(List<CachePolicy> policies) throws IOException {
        return NativeThreads.run(() -> {
            try (Removal removal = store.remove()) {
                var plan = new Plan(removal.census(), clock.instant());
                long before = plan.bytes();
                var records = new ArrayList<CacheRecord>();
                for (CachePolicy policy : policies) {
                    long free = free() + before - plan.bytes();
                    plan.apply(policy, free).forEach(decision -> records.add(decision.record()));
                }
                return new Pruned(records, before - plan.bytes());
            }
        });
    }

    @Override
    public Pruned prune(List<CachePolicy> policies) throws IOException {
        return NativeThreads.run(() -> {
            try (Removal removal = store.remove()) {
                var plan = new Plan(removal.census(), clock.instant());
                var records = new ArrayList<CacheRecord>();
                long bytes = removal.removeOrphans(gone);
                for (CachePolicy policy : policies) {
                    List<Plan.Decision> decisions = plan.apply(policy, free());
                    Removal.Cut cut = removal.remove(
                            decisions.stream().map(Plan.Decision::entry).toList(), policy.name(), gone);
                    Set<Long> removed = new HashSet<>(cut.results());
                    decisions.stream()
                            .filter(decision ->
                                    removed.contains(decision.entry().id()))
                            .forEach(decision -> records.add(decision.record()));
                    bytes += cut.bytes();
                }
                return new Pruned(records, bytes);
            }
        });
    }

    private long free() throws IOException {
        return Files.getFileStore(root).getUsableSpace();
    }
}
