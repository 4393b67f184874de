package org.buildengine.snapshotter.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.tree.Names;

/**
 * Writes a tar: ustar headers (POSIX 1003.1) with pax records for what they cannot hold, extended attributes as
 * {@code SCHILY.xattr} as GNU tar and Go have them, and whiteouts of the OCI image format. Equal calls write equal bytes.
 * Used by one thread; does not close what it writes to.
 */
final class TarWriter {
    private static final int BLOCK = 512;
    private static final int NAME_MOST = 100;
    private static final long ID_MOST = 07777777;
    private static final long NUMBER_MOST = 077777777777L;
    private static final long NANOS = 1_000_000_000L;

    private final OutputStream out;
    private final long latest;
    private final byte[] buffer = new byte[128 * 1024];

    /** A writer that lets no time be later than {@code latest}, in nanoseconds. */
    TarWriter(OutputStream out, long latest) {
        this.out = out;
        this.latest = latest;
    }

    /** Gives the bytes of a file. */
    @FunctionalInterface
    interface Content {
        InputStream open() throws IOException;
    }

    /**
     * Writes a node.
     *
     * @param first another name of the same file that was written before
     */
    void node(Node node, Optional<String> first, Content content) throws IOException {
        String name = node.name();
        if (name.startsWith(".wh.")) {
            throw new ArchiveException(node.path() + ": cannot be packed: names that begin with .wh. hide others");
        }
        String path = node.isDirectory() ? (node.path().isEmpty() ? "./" : node.path() + "/") : node.path();
        char type = first.isPresent() ? '1' : type(node.type());
        String link = first.orElse(node.linkTarget().orElse(""));
        long size = type == '0' ? node.size() : 0;
        header(path, type, node.attributes(), size, link, node.deviceMajor(), node.deviceMinor());
        if (type == '0') {
            content(node, content);
        }
    }

    /** Writes an empty file by which a layer hides something. */
    void mark(String path) throws IOException {
        header(path, '0', Attributes.ofMode(0), 0, "", 0, 0);
    }

    /** Writes the end. */
    void end() throws IOException {
        out.write(new byte[2 * BLOCK]);
    }

    private static char type(NodeType type) {
        return switch (type) {
            case FILE -> '0';
            case SYMLINK -> '2';
            case CHAR_DEVICE -> '3';
            case BLOCK_DEVICE -> '4';
            case DIRECTORY -> '5';
            case FIFO -> '6';
            case SOCKET -> throw new IllegalArgumentException("an archive cannot hold a socket");
        };
    }

    private void content(Node node, Content content) throws IOException {
        long left = node.size();
        try (InputStream in = content.open()) {
            while (left > 0) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (read < 0) {
                    throw new IOException(node.path() + ": ends " + left + " bytes early; is the disk damaged?");
                }
                out.write(buffer, 0, read);
                left -= read;
            }
        }
        pad(node.size());
    }

    private void pad(long size) throws IOException {
        out.write(new byte[(int) ((BLOCK - size % BLOCK) % BLOCK)]);
    }

    private void header(String path, char type, Attributes attributes, long size, String link, int major, int minor)
            throws IOException {
        byte[] name = Names.encode(path);
        byte[] target = Names.encode(link);
        long mtime = Math.min(attributes.mtimeNanos(), latest);
        byte[] records = records(name, target, attributes, size, mtime);
        if (records.length > 0) {
            block(new byte[0], 'x', Attributes.ofMode(0644), records.length, new byte[0], 0, 0, 0);
            out.write(records);
            pad(records.length);
        }
        block(name, type, attributes, size, target, mtime, major, minor);
    }

    private static byte[] records(byte[] name, byte[] target, Attributes attributes, long size, long mtime)
            throws IOException {
        var records = new ByteArrayOutputStream();
        if (isLong(name)) {
            record(records, "path", name);
        }
        if (isLong(target)) {
            record(records, "linkpath", target);
        }
        number(records, "size", size, NUMBER_MOST);
        number(records, "uid", Integer.toUnsignedLong(attributes.uid()), ID_MOST);
        number(records, "gid", Integer.toUnsignedLong(attributes.gid()), ID_MOST);
        if (mtime < 0 || mtime % NANOS != 0) {
            String seconds = BigDecimal.valueOf(mtime, 9).stripTrailingZeros().toPlainString();
            record(records, "mtime", seconds.getBytes(StandardCharsets.US_ASCII));
        }
        for (var xattr : attributes.xattrs().entrySet()) {
            if (xattr.getKey().indexOf('=') >= 0) {
                throw new ArchiveException(Names.decode(name, 0, name.length)
                        + ": cannot be packed: the extended attribute " + xattr.getKey() + " has a = in its name");
            }
            record(records, "SCHILY.xattr." + xattr.getKey(), xattr.getValue());
        }
        return records.toByteArray();
    }

    private static boolean isLong(byte[] name) {
        for (byte each : name) {
            if (each < 0) {
                return true;
            }
        }
        return name.length > NAME_MOST;
    }

    private static void number(ByteArrayOutputStream into, String key, long number, long most) {
        if (number > most) {
            record(into, key, Long.toString(number).getBytes(StandardCharsets.US_ASCII));
        }
    }

    /** A record begins with its own length, which counts its own digits. */
    private static void record(ByteArrayOutputStream into, String key, byte[] value) {
        byte[] name = Names.encode(key);
        int rest = name.length + value.length + 3;
        int length = rest + 1;
        while (length != rest + Integer.toString(length).length()) {
            length++;
        }
        into.writeBytes((length + " ").getBytes(StandardCharsets.US_ASCII));
        into.writeBytes(name);
        into.write('=');
        into.writeBytes(value);
        into.write('\n');
    }

    private void block(
            byte[] name, char type, Attributes attributes, long size, byte[] target, long mtime, int major, int minor)
            throws IOException {
        byte[] block = new byte[BLOCK];
        text(block, 0, type == 'x' ? Names.encode("././@PaxHeader") : name, NAME_MOST);
        octal(block, 100, 7, attributes.mode());
        octal(block, 108, 7, clipped(Integer.toUnsignedLong(attributes.uid()), ID_MOST));
        octal(block, 116, 7, clipped(Integer.toUnsignedLong(attributes.gid()), ID_MOST));
        octal(block, 124, 11, clipped(size, NUMBER_MOST));
        octal(block, 136, 11, clipped(Math.max(0, Math.floorDiv(mtime, NANOS)), NUMBER_MOST));
        block[156] = (byte) type;
        text(block, 157, target, NAME_MOST);
        text(block, 257, Names.encode("ustar"), 6);
        text(block, 263, Names.encode("00"), 2);
        if (type == '3' || type == '4') {
            octal(block, 329, 7, major);
            octal(block, 337, 7, minor);
        }
        Arrays.fill(block, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : block) {
            sum += Byte.toUnsignedInt(each);
        }
        octal(block, 148, 6, sum);
        block[154] = 0;
        out.write(block);
    }

    private static long clipped(long number, long most) {
        return number > most ? 0 : number;
    }

    private static void text(byte[] block, int at, byte[] text, int most) {
        System.arraycopy(text, 0, block, at, Math.min(text.length, most));
    }

    private static void octal(byte[] block, int at, int digits, long number) {
        text(block, at, Names.encode(String.format(Locale.ROOT, "%0" + digits + "o", number)), digits);
    }
}
