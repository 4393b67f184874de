package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * What a file system has, in bytes and in files. One that makes room for files as they come has 0 of 0.
 *
 * @param total its size
 * @param free what may still be written
 * @param files how many files, directories and links there can be
 * @param freeFiles how many more of them
 */
public record DiskSpace(long total, long free, long files, long freeFiles) {
    /** The structure of {@code statfs(2)}; its members up to the free files are words of 64 bits on all machines that Java runs on. */
    private static final long BYTES = 120;

    private static final long BLOCK_SIZE = 8;
    private static final long BLOCKS = 16;
    private static final long AVAILABLE = 32;
    private static final long FILES = 40;
    private static final long FREE_FILES = 48;

    /** How many bytes are free, of how many, for people. */
    public String freeBytesOfAll() {
        return String.format(Locale.ROOT, "%,d of %,d bytes", free, total);
    }

    /** How many more files there can be, of how many, for people. */
    public String freeFilesOfAll() {
        return String.format(Locale.ROOT, "%,d of %,d files (inodes)", freeFiles, files);
    }

    /** Of the file system that holds {@code path}. One system call, opens nothing. Platform threads only. */
    public static DiskSpace at(String path) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BYTES, 8);
            int result = Libc.statfs(FileNames.allocate(arena, path), buffer);
            if (result < 0) {
                throw new LinuxException(-result, "statfs", path);
            }
            long block = buffer.get(JAVA_LONG, BLOCK_SIZE);
            return new DiskSpace(
                    block * buffer.get(JAVA_LONG, BLOCKS),
                    block * buffer.get(JAVA_LONG, AVAILABLE),
                    buffer.get(JAVA_LONG, FILES),
                    buffer.get(JAVA_LONG, FREE_FILES));
        }
    }
}
