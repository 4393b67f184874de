package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What a file system has, in bytes.
 *
 * @param total its size
 * @param free what may still be written
 */
public record DiskSpace(long total, long free) {
    /** The structure of {@code statfs(2)}; its members up to the free blocks are words of 64 bits on all machines that Java runs on. */
    private static final long BYTES = 120;

    private static final long BLOCK_SIZE = 8;
    private static final long BLOCKS = 16;
    private static final long AVAILABLE = 32;

    /** Of the file system that holds {@code path}. One system call, opens nothing. Platform threads only. */
    public static DiskSpace at(String path) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BYTES, 8);
            int result = Libc.statfs(FileNames.allocate(arena, path), buffer);
            if (result < 0) {
                throw new LinuxException(-result, "statfs", path);
            }
            long block = buffer.get(JAVA_LONG, BLOCK_SIZE);
            return new DiskSpace(block * buffer.get(JAVA_LONG, BLOCKS), block * buffer.get(JAVA_LONG, AVAILABLE));
        }
    }
}
