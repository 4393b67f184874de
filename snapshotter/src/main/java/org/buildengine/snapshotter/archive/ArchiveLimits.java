package org.buildengine.snapshotter.archive;

/**
 * How much an archive may hold.
 *
 * @param bytes most bytes when uncompressed
 * @param ratio most bytes per compressed byte, once there are more than {@code ratioFrom}
 * @param ratioFrom uncompressed bytes up to which any ratio is allowed
 * @param entries most entries
 */
public record ArchiveLimits(long bytes, long ratio, long ratioFrom, long entries) {
    /** Beyond every honest image: 128 GiB, 10 million entries, and 2000 to 1 once there is a GiB (gzip ends at 1032). */
    public static final ArchiveLimits DEFAULT = new ArchiveLimits(128L << 30, 2000, 1L << 30, 10_000_000);
}
