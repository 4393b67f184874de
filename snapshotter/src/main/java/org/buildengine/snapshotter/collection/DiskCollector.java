package org.buildengine.snapshotter.collection;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.cache.DiskCacheVolumes;
import org.buildengine.snapshotter.linux.DiskSpace;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.store.Census;
import org.buildengine.snapshotter.store.Removal;
import org.buildengine.snapshotter.store.Store;

/** Collects in a store. Safe for use by several threads, which take turns. */
public final class DiskCollector implements CacheCollector {
    private final Path root;
    private final Store store;
    private final DiskCacheVolumes volumes;
    private final Removal.LayersGone gone;
    private final InstantSource clock;

    /**
     * A collector.
     *
     * @param root a directory on the file system that is to have free space
     * @param gone unmounts layers before their files go
     */
    public DiskCollector(
            Path root, Store store, DiskCacheVolumes volumes, Removal.LayersGone gone, InstantSource clock) {
        this.root = root;
        this.store = store;
        this.volumes = volumes;
        this.gone = gone;
        this.clock = clock;
    }

    @Override
    public Usage usage() throws IOException {
        return NativeThreads.run(() -> {
            try (Removal removal = store.remove()) {
                var plan = new Plan(removal.census(), volumes.list(), clock.instant());
                return new Usage(plan.records(), plan.bytes());
            }
        });
    }

    @Override
    public Pruned plan(List<CachePolicy> policies) throws IOException {
        return NativeThreads.run(() -> {
            try (Removal removal = store.remove()) {
                var plan = new Plan(removal.census(), volumes.list(), clock.instant());
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
                var plan = new Plan(removal.census(), volumes.list(), clock.instant());
                var records = new ArrayList<CacheRecord>();
                long bytes = removal.removeOrphans(gone);
                for (CachePolicy policy : policies) {
                    List<Plan.Decision> decisions = plan.apply(policy, free());
                    Removal.Cut cut = removal.remove(results(decisions), policy.name(), gone);
                    bytes += cut.bytes();
                    Set<Long> removed = new HashSet<>(cut.results());
                    for (Plan.Decision decision : decisions) {
                        switch (decision.subject()) {
                            case Plan.Subject.Result result -> {
                                if (removed.contains(result.entry().id())) {
                                    records.add(decision.record());
                                }
                            }
                            case Plan.Subject.Volume volume -> {
                                if (volumes.remove(volume.listed().identity())) {
                                    records.add(decision.record());
                                    bytes += volume.listed().bytes();
                                }
                            }
                        }
                    }
                }
                return new Pruned(records, bytes);
            }
        });
    }

    private static List<Census.Entry> results(List<Plan.Decision> decisions) {
        return decisions.stream()
                .map(Plan.Decision::subject)
                .filter(Plan.Subject.Result.class::isInstance)
                .map(subject -> ((Plan.Subject.Result) subject).entry())
                .toList();
    }

    /** Platform threads only. */
    private long free() throws IOException {
        return DiskSpace.at(root.toString()).free();
    }
}
