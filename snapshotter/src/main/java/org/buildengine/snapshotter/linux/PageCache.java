package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/** What the kernel keeps of files in memory. Platform threads only. */
public final class PageCache {
    private static final int COUNTERS = 5;
    private static final int PAGE = 4096;

    /** The kernel takes no more of one request than it reads ahead by itself, which is seldom less than this. */
    private static final long PIECE = 128 * 1024;

    private PageCache() {}

    /** Bytes of an open file that are in memory, or empty if the kernel cannot say (before Linux 6.5). */
    public static OptionalLong cached(Descriptor file) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment wholeFile = arena.allocate(JAVA_LONG, 2);
            MemorySegment counters = arena.allocate(JAVA_LONG, COUNTERS);
            return Libc.cachestat(file.number(), wholeFile, counters) < 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(counters.getAtIndex(JAVA_LONG, 0) * PAGE);
        }
    }

    /** Has the kernel read a part of a file soon. Waits for a place in the queue of the device, not for the bytes. */
    public static void readAhead(Descriptor file, long offset, long length) throws LinuxException {
        for (long at = offset; at < offset + length; at += PIECE) {
            long result = Libc.readahead(file.number(), at, Math.min(PIECE, offset + length - at));
            if (result < 0) {
                throw new LinuxException((int) -result, "readahead", "descriptor " + file.number());
            }
        }
    }
}
