package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.tree.EntryType;
import org.buildengine.session.tree.TreeEntry;
import org.jspecify.annotations.Nullable;

/**
 * Attributes of one node on disk, read with one call.
 *
 * @param type what kind of node
 * @param permissions {@code 0} to {@code 07777}
 * @param size bytes
 * @param mtimeNanos modification time in nanoseconds since the epoch
 * @param device device the node is on
 * @param inode its number there
 * @param links how many names it has
 * @param deviceMajor of a device node, else of no meaning
 * @param deviceMinor of a device node, else of no meaning
 */
record DiskNode(
        EntryType type,
        int permissions,
        long size,
        long mtimeNanos,
        long device,
        long inode,
        int links,
        long deviceMajor,
        long deviceMinor) {
    private static final String ATTRIBUTES = "unix:mode,size,lastModifiedTime,dev,ino,nlink,rdev";
    private static final int TYPE_MASK = 0170000;

    /** Reads the node itself, not what a link points to. */
    static DiskNode read(Path path) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        int mode = number(attributes, "mode").intValue();
        long rdev = number(attributes, "rdev").longValue();
        return new DiskNode(
                type(mode).orElseThrow(() -> new IOException(path + " is a node of an unknown type")),
                mode & 07777,
                number(attributes, "size").longValue(),
                nanos((FileTime) attributes.get("lastModifiedTime")),
                number(attributes, "dev").longValue(),
                number(attributes, "ino").longValue(),
                number(attributes, "nlink").intValue(),
                ((rdev >>> 8) & 0xfff) | ((rdev >>> 32) & ~0xfffL),
                (rdev & 0xff) | ((rdev >>> 12) & ~0xffL));
    }

    /**
     * The entry for this node, owned by nobody in particular (0).
     *
     * @param path of the entry in its tree
     * @param target where a symbolic link points; of no meaning for everything else
     */
    TreeEntry toEntry(String path, String target) {
        return switch (type) {
            case FILE -> TreeEntry.file(path, permissions, size, mtimeNanos);
            case DIRECTORY -> TreeEntry.directory(path, permissions, mtimeNanos);
            case SYMLINK -> TreeEntry.symlink(path, target, mtimeNanos);
            case CHARACTER_DEVICE, BLOCK_DEVICE ->
                new TreeEntry(
                        path,
                        type,
                        permissions,
                        0,
                        0,
                        0,
                        mtimeNanos,
                        "",
                        "",
                        deviceMajor,
                        deviceMinor,
                        Map.of(),
                        false);
            case FIFO, SOCKET ->
                new TreeEntry(path, type, permissions, 0, 0, 0, mtimeNanos, "", "", 0, 0, Map.of(), false);
        };
    }

    private static Number number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Number number ? number : 0;
    }

    private static long nanos(@Nullable FileTime time) {
        if (time == null) {
            return 0;
        }
        java.time.Instant instant = time.toInstant();
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }

    /** The type that a mode says, if it is a known one. */
    static Optional<EntryType> type(int mode) {
        return switch (mode & TYPE_MASK) {
            case 0100000 -> Optional.of(EntryType.FILE);
            case 0040000 -> Optional.of(EntryType.DIRECTORY);
            case 0120000 -> Optional.of(EntryType.SYMLINK);
            case 0010000 -> Optional.of(EntryType.FIFO);
            case 0020000 -> Optional.of(EntryType.CHARACTER_DEVICE);
            case 0060000 -> Optional.of(EntryType.BLOCK_DEVICE);
            case 0140000 -> Optional.of(EntryType.SOCKET);
            default -> Optional.empty();
        };
    }
}
