package org.buildengine.server.cache;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.buildengine.server.cache.CacheRules.Limits;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CachePolicy;

/** The cache on this engine's disk, and what is configured about it. Safe for use by several threads. */
public final class LocalCache {
    private final CacheCollector collector;
    private final Path root;
    private final CacheRules rules;

    /**
     * A cache.
     *
     * @param root a directory on its file system
     */
    public LocalCache(CacheCollector collector, Path root, CacheRules rules) {
        this.collector = collector;
        this.root = root;
        this.rules = rules;
    }

    /** What is there, and what goes on request. */
    public CacheCollector collector() {
        return collector;
    }

    /** What is configured. */
    public CacheRules rules() {
        return rules;
    }

    /** What is configured, in bytes. */
    public Limits limits() throws IOException {
        return rules.limits(diskSize());
    }

    /** Size of the file system in bytes, of which percentages are taken. */
    public long diskSize() throws IOException {
        return Files.getFileStore(root).getTotalSpace();
    }

    /**
     * Whether the limits may be exceeded. Costs next to nothing, because it asks the file system only: the cache cannot have
     * more than all that is on it.
     */
    public boolean mayBeOver(Limits limits) throws IOException {
        FileStore disk = Files.getFileStore(root);
        long used = disk.getTotalSpace() - disk.getUnallocatedSpace();
        return (limits.maxUsedSpace() > 0 && used > limits.maxUsedSpace())
                || disk.getUsableSpace() < limits.minFreeSpace();
    }

    /** Removes what exceeds the configured limits. */
    public CacheCollector.Pruned collect(Limits limits) throws IOException {
        return collector.prune(rules.policies(limits));
    }

    /** Removes everything that nobody uses, as far as the limits say. */
    public CacheCollector.Pruned prune(Limits limits) throws IOException {
        return collector.prune(List.of(new CachePolicy(
                "asked for through the API",
                _ -> true,
                Duration.ZERO,
                limits.reservedSpace(),
                limits.maxUsedSpace(),
                limits.minFreeSpace(),
                limits.targetSpace())));
    }
}
