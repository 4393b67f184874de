package org.buildengine.snapshotter.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.NodeType;

/** Numbers and encodings of the format. */
final class Inode {
    static final int BLOCK = 4096;
    static final int SLOT = 32;
    static final int LENGTH = 64;
    static final int LINKS_OFFSET = 44;
    static final int NO_BLOCK = -1;
    private static final int PLAIN = 0;
    private static final int INLINE = 2;
    private static final int XATTR_HEADER = 12;
    private static final int XATTR_MOST = 128 * 1024;

    /** Indexes of name prefixes; the longer ones of {@code system.} are whole names. */
    private static final Map<String, Integer> PREFIXES = Map.of(
            "user.", 1,
            "system.posix_acl_access", 2,
            "system.posix_acl_default", 3,
            "trusted.", 4,
            "security.", 6);

    private Inode() {}

    static int typeBits(NodeType type) {
        return switch (type) {
            case FIFO -> 0010000;
            case CHAR_DEVICE -> 0020000;
            case DIRECTORY -> 0040000;
            case BLOCK_DEVICE -> 0060000;
            case FILE -> 0100000;
            case SYMLINK -> 0120000;
            case SOCKET -> 0140000;
        };
    }

    static int direntType(NodeType type) {
        return switch (type) {
            case FILE -> 1;
            case DIRECTORY -> 2;
            case CHAR_DEVICE -> 3;
            case BLOCK_DEVICE -> 4;
            case FIFO -> 5;
            case SOCKET -> 6;
            case SYMLINK -> 7;
        };
    }

    static int device(int major, int minor) {
        return (minor & 0xff) | (major & 0xfff) << 8 | (minor & 0xfff00) << 12;
    }

    /**
     * An inode in its extended form with its extended attributes.
     *
     * @param size bytes of the content
     * @param union first block of the content, or the number of a device
     */
    static byte[] encode(
            NodeType type,
            Attributes attributes,
            byte[] xattrs,
            long size,
            int union,
            boolean inline,
            int number,
            int links) {
        byte[] bytes = new byte[LENGTH + xattrs.length];
        ByteBuffer inode = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long seconds = Math.floorDiv(attributes.mtimeNanos(), 1_000_000_000L);
        inode.putShort(0, (short) (1 | (inline ? INLINE : PLAIN) << 1));
        inode.putShort(2, (short) (xattrs.length == 0 ? 0 : (xattrs.length - XATTR_HEADER) / 4 + 1));
        inode.putShort(4, (short) (typeBits(type) | attributes.mode()));
        inode.putLong(8, size);
        inode.putInt(16, union);
        inode.putInt(20, number);
        inode.putInt(24, attributes.uid());
        inode.putInt(28, attributes.gid());
        inode.putLong(32, seconds);
        inode.putInt(40, (int) Math.floorMod(attributes.mtimeNanos(), 1_000_000_000L));
        inode.putInt(LINKS_OFFSET, links);
        inode.put(LENGTH, xattrs);
        return bytes;
    }

    /** The attributes as they stand behind an inode; empty for none. */
    static byte[] encodeXattrs(Map<String, byte[]> xattrs) throws IOException {
        if (xattrs.isEmpty()) {
            return new byte[0];
        }
        int length = XATTR_HEADER;
        for (var entry : xattrs.entrySet()) {
            length += align(4 + entry.getKey().getBytes(StandardCharsets.UTF_8).length + entry.getValue().length, 4);
        }
        if (length > XATTR_MOST) {
            throw new IOException("extended attributes of one file take more than " + XATTR_MOST + " bytes");
        }
        ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        out.position(XATTR_HEADER);
        for (var entry : xattrs.entrySet()) {
            String prefix = prefix(entry.getKey());
            byte[] name = entry.getKey().substring(prefix.length()).getBytes(StandardCharsets.UTF_8);
            Integer index = PREFIXES.get(prefix);
            if (index == null || name.length > 255 || entry.getValue().length > 0xffff) {
                throw new IOException("extended attribute cannot be kept: " + entry.getKey());
            }
            out.put((byte) name.length).put(index.byteValue());
            out.putShort((short) entry.getValue().length).put(name).put(entry.getValue());
            out.position(align(out.position(), 4));
        }
        byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        return bytes;
    }

    private static String prefix(String name) {
        return PREFIXES.containsKey(name) ? name : name.substring(0, name.indexOf('.') + 1);
    }

    static int align(int value, int unit) {
        return (value + unit - 1) / unit * unit;
    }

    static long align(long value, long unit) {
        return (value + unit - 1) / unit * unit;
    }
}
