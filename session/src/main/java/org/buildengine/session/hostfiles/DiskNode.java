package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
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
 * @param rdev device number of a device node
 */
record DiskNode(
        EntryType type, int permissions, long size, long mtimeNanos, long device, long inode, int links, long rdev) {
    private static final String ATTRIBUTES = "unix:mode,size,lastModifiedTime,dev,ino,nlink,rdev";
    private static final int TYPE_MASK = 0170000;

    /** Reads the node itself, not what a link points to. */
    static DiskNode read(Path path) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(path, ATTRIBUTES, LinkOption.NOFOLLOW_LINKS);
        int mode = number(attributes, "mode").intValue();
        return new DiskNode(
                type(path, mode),
                mode & 07777,
                number(attributes, "size").longValue(),
                nanos((FileTime) attributes.get("lastModifiedTime")),
                number(attributes, "dev").longValue(),
                number(attributes, "ino").longValue(),
                number(attributes, "nlink").intValue(),
                number(attributes, "rdev").longValue());
    }

    /** The entry for this node under a path of the tree, owned by nobody in particular (0). */
    TreeEntry toEntry(String path, Path file) throws IOException {
        return switch (type) {
            case FILE -> TreeEntry.file(path, permissions, size, mtimeNanos);
            case DIRECTORY -> TreeEntry.directory(path, permissions, mtimeNanos);
            case SYMLINK -> {
                String target = Files.readSymbolicLink(file).toString();
                Names.requireReadable(target, file);
                yield new TreeEntry(
                        path,
                        type,
                        0777,
                        0,
                        0,
                        target.getBytes(StandardCharsets.UTF_8).length,
                        mtimeNanos,
                        target,
                        "",
                        0,
                        0,
                        Map.of(),
                        false);
            }
            case CHARACTER_DEVICE, BLOCK_DEVICE ->
                new TreeEntry(path, type, permissions, 0, 0, 0, mtimeNanos, "", "", major(), minor(), Map.of(), false);
            case FIFO, SOCKET ->
                new TreeEntry(path, type, permissions, 0, 0, 0, mtimeNanos, "", "", 0, 0, Map.of(), false);
        };
    }

    private long major() {
        return ((rdev >>> 8) & 0xfff) | ((rdev >>> 32) & ~0xfffL);
    }

    private long minor() {
        return (rdev & 0xff) | ((rdev >>> 12) & ~0xffL);
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

    private static EntryType type(Path path, int mode) throws IOException {
        return switch (mode & TYPE_MASK) {
            case 0100000 -> EntryType.FILE;
            case 0040000 -> EntryType.DIRECTORY;
            case 0120000 -> EntryType.SYMLINK;
            case 0010000 -> EntryType.FIFO;
            case 0020000 -> EntryType.CHARACTER_DEVICE;
            case 0060000 -> EntryType.BLOCK_DEVICE;
            case 0140000 -> EntryType.SOCKET;
            default -> throw new IOException(path + " is a node of an unknown type");
        };
    }
}
