package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import org.buildengine.snapshotter.NodeType;

/**
 * What the kernel knows of a file, from {@code statx(2)}.
 *
 * @param mode permission bits with set-id and sticky; no type bits
 * @param uid owner, unsigned
 * @param gid group, unsigned
 * @param size bytes of a file or link target
 * @param allocated bytes that the file system took for it, whole blocks
 * @param mtimeNanos modification time in nanoseconds since the epoch
 * @param deviceMajor of a device node, else 0
 * @param deviceMinor of a device node, else 0
 * @param links number of names
 * @param inode unique within {@code fileSystem}
 * @param fileSystem device number of the file system, as {@code major << 32 | minor}
 */
public record FileStatus(
        NodeType type,
        int mode,
        int uid,
        int gid,
        long size,
        long allocated,
        long mtimeNanos,
        int deviceMajor,
        int deviceMinor,
        int links,
        long inode,
        long fileSystem) {

    static final int BASIC = 0x7ff;
    static final int BYTES = 256;
    private static final int SECTOR = 512;

    public boolean isRegularFile() {
        return type == NodeType.FILE;
    }

    /** Whether this is the device 0:0 that overlay uses to hide a name. */
    public boolean whiteout() {
        return type == NodeType.CHAR_DEVICE && deviceMajor == 0 && deviceMinor == 0;
    }

    static FileStatus read(MemorySegment statx) {
        int mode = Short.toUnsignedInt(statx.get(JAVA_SHORT, 28));
        return new FileStatus(
                type(mode),
                mode & 07777,
                statx.get(JAVA_INT, 20),
                statx.get(JAVA_INT, 24),
                statx.get(JAVA_LONG, 40),
                statx.get(JAVA_LONG, 48) * SECTOR,
                statx.get(JAVA_LONG, 112) * 1_000_000_000L + statx.get(JAVA_INT, 120),
                statx.get(JAVA_INT, 128),
                statx.get(JAVA_INT, 132),
                statx.get(JAVA_INT, 16),
                statx.get(JAVA_LONG, 32),
                (long) statx.get(JAVA_INT, 136) << 32 | Integer.toUnsignedLong(statx.get(JAVA_INT, 140)));
    }

    private static NodeType type(int mode) {
        return switch (mode & 0170000) {
            case 0100000 -> NodeType.FILE;
            case 0040000 -> NodeType.DIRECTORY;
            case 0120000 -> NodeType.SYMLINK;
            case 0020000 -> NodeType.CHAR_DEVICE;
            case 0060000 -> NodeType.BLOCK_DEVICE;
            case 0010000 -> NodeType.FIFO;
            case 0140000 -> NodeType.SOCKET;
            default -> throw new IllegalStateException("unknown file type 0" + Integer.toOctalString(mode));
        };
    }
}
