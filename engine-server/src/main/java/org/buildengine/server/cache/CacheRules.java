package org.buildengine.server.cache;

import java.time.Duration;
import java.util.List;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.RecordType;

/**
 * How large the cache may become by configuration, in BuildKit's terms.
 *
 * @param automatic whether the engine collects by itself
 * @param keepDuration what was used within it goes last
 * @param reservedSpace what the cache may always keep
 * @param maxUsedSpace what it may take at most
 * @param minFreeSpace what is to be free on its file system
 */
public record CacheRules(
        boolean automatic,
        Duration keepDuration,
        DiskSpace reservedSpace,
        DiskSpace maxUsedSpace,
        DiskSpace minFreeSpace) {
    /** Nothing goes by itself, and there is no limit. */
    public static final CacheRules OFF =
            new CacheRules(false, Duration.ZERO, DiskSpace.NONE, DiskSpace.NONE, DiskSpace.NONE);

    /**
     * The limits in bytes; zero stands for none.
     *
     * @param disk size of the file system, in bytes
     */
    public Limits limits(long disk) {
        return new Limits(reservedSpace.of(disk), maxUsedSpace.of(disk), minFreeSpace.of(disk), 0);
    }

    /**
     * Bytes; zero stands for no limit.
     *
     * @param targetSpace what to come down to once something has to go
     */
    public record Limits(long reservedSpace, long maxUsedSpace, long minFreeSpace, long targetSpace) {
        /** Whether there is none. */
        public boolean none() {
            return reservedSpace == 0 && maxUsedSpace == 0 && minFreeSpace == 0 && targetSpace == 0;
        }
    }

    /** What goes so that the limits hold: what was not used for long before what was, and internal things at last. */
    public List<CachePolicy> policies(Limits limits) {
        return List.of(
                policy("over the limit and not used for " + keepDuration.toHours() + " h", false, keepDuration, limits),
                policy("over the limit", false, Duration.ZERO, limits),
                policy("over the limit, also what is internal", true, Duration.ZERO, limits));
    }

    private static CachePolicy policy(String name, boolean all, Duration keep, Limits limits) {
        return new CachePolicy(
                name,
                record -> all || record.origin().type() != RecordType.INTERNAL,
                keep,
                limits.reservedSpace(),
                limits.maxUsedSpace(),
                limits.minFreeSpace(),
                limits.targetSpace());
    }
}
