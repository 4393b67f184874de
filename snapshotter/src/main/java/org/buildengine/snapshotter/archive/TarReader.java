package org.buildengine.snapshotter.archive;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.tree.Names;

/**
 * Reads a tar as a stream: ustar (POSIX 1003.1), the GNU long names, pax records. Used by one thread. Formats: GNU tar
 * manual, "Basic Tar Format"; POSIX, {@code pax}.
 */
final class TarReader {
    private static final int BLOCK = 512;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_LENGTH = 8;
    private static final int MOST_EXTRA = 4 << 20;
    private static final int MOST_GLOBAL = 64;
    private static final String XATTR = "SCHILY.xattr.";

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    private final Map<String, byte[]> global = new HashMap<>();
    private String last = "";
    private long extras;
    private long left;
    private long padding;
    private boolean ended;

    TarReader(InputStream in) {
        this.in = in;
    }

    /** Whether the mark at the end of the archive was seen. */
    boolean ended() {
        return ended;
    }

    /** The next entry; what was not read of the one before is skipped. */
    Optional<TarEntry> next() throws IOException {
        Map<String, byte[]> pax = new HashMap<>(global);
        String longName = "";
        String longLink = "";
        extras = 0;
        while (true) {
            skipContent();
            if (!readHeader()) {
                return Optional.empty();
            }
            long size = size(header);
            char type = (char) header[156];
            switch (type) {
                case 'L' -> longName = text(extra(size));
                case 'K' -> longLink = text(extra(size));
                case 'x' -> paxRecords(extra(size), pax);
                case 'g' -> {
                    paxRecords(extra(size), global);
                    checkGlobal();
                    pax.putAll(global);
                }
                default -> {
                    return Optional.of(entry(type, size, pax, longName, longLink));
                }
            }
        }
    }

    private void checkGlobal() throws ArchiveException {
        long bytes = 0;
        for (byte[] value : global.values()) {
            bytes += value.length;
        }
        if (global.size() > MOST_GLOBAL || bytes > MOST_EXTRA) {
            throw new ArchiveException("more than " + MOST_GLOBAL + " global pax records, or " + MOST_EXTRA
                    + " bytes of them, are refused" + after());
        }
    }

    private static long size(byte[] header) throws ArchiveException {
        long size = TarNumbers.field(header, 124, 12, "a size");
        if (size < 0) {
            throw new ArchiveException("a tar header has a negative size: " + name(header));
        }
        return size;
    }

    private boolean readHeader() throws IOException {
        int read = in.readNBytes(header, 0, BLOCK);
        if (read == 0) {
            return false;
        }
        if (read < BLOCK) {
            throw new ArchiveException("the archive ends in the middle of a header" + after());
        }
        long sum = TarNumbers.sum(header, 0, BLOCK);
        if (sum == 0) {
            ended = true;
            return false;
        }
        long sumWithSpaces = sum - TarNumbers.sum(header, CHECKSUM, CHECKSUM_LENGTH) + ' ' * CHECKSUM_LENGTH;
        if (sumWithSpaces != TarNumbers.field(header, CHECKSUM, CHECKSUM_LENGTH, "a checksum")) {
            throw new ArchiveException("a tar header is damaged: its checksum does not match" + after());
        }
        return true;
    }

    private String after() {
        return last.isEmpty() ? "" : ", after entry " + last;
    }

    private byte[] extra(long size) throws IOException {
        extras = size > MOST_EXTRA ? size : extras + size;
        if (extras > MOST_EXTRA) {
            throw new ArchiveException("headers of " + extras + " bytes for one entry are refused" + after());
        }
        begin(size);
        byte[] bytes = new byte[(int) size];
        int read = 0;
        while (read < bytes.length) {
            read += read(bytes, read, bytes.length - read);
        }
        return bytes;
    }

    private void begin(long size) {
        left = size;
        padding = (BLOCK - size % BLOCK) % BLOCK;
    }

    /** Bytes of the current entry that were not read yet. */
    long left() {
        return left;
    }

    /** Reads some bytes of the current entry, of which there are some left. */
    int read(byte[] into, int offset, int length) throws IOException {
        int read = in.read(into, offset, (int) Math.min(length, left));
        if (read < 0) {
            throw new ArchiveException("the archive ends within " + last + ", " + left + " bytes short");
        }
        left -= read;
        return read;
    }

    private void skipContent() throws IOException {
        long skipped = left + padding;
        left = 0;
        padding = 0;
        try {
            in.skipNBytes(skipped);
        } catch (EOFException e) {
            throw new ArchiveException("the archive ends within " + last, e);
        }
    }

    private static String text(byte[] bytes) {
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return Names.decode(bytes, 0, end);
    }

    private static String text(byte[] header, int offset, int length) {
        int end = offset;
        while (end < offset + length && header[end] != 0) {
            end++;
        }
        return Names.decode(header, offset, end - offset);
    }

    private static String name(byte[] header) {
        String name = text(header, 0, 100);
        // the prefix is only one in ustar; GNU keeps times in its place
        boolean ustar = header[257] == 'u' && header[261] == 'r' && header[262] == 0;
        String prefix = ustar ? text(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    private static void paxRecords(byte[] bytes, Map<String, byte[]> into) throws ArchiveException {
        int at = 0;
        while (at < bytes.length) {
            int space = at;
            int length = 0;
            while (space < bytes.length && bytes[space] >= '0' && bytes[space] <= '9' && length < MOST_EXTRA) {
                length = length * 10 + bytes[space++] - '0';
            }
            int end = at + length;
            if (length == 0 || end > bytes.length || space >= end || bytes[space] != ' ' || bytes[end - 1] != '\n') {
                throw new ArchiveException("a pax header is damaged");
            }
            int equals = space + 1;
            while (equals < end && bytes[equals] != '=') {
                equals++;
            }
            if (equals == end) {
                throw new ArchiveException("a pax record has no value");
            }
            String key = Names.decode(bytes, space + 1, equals - space - 1);
            into.put(key, java.util.Arrays.copyOfRange(bytes, equals + 1, end - 1));
            at = end;
        }
    }

    private TarEntry entry(char flag, long headerSize, Map<String, byte[]> pax, String longName, String longLink)
            throws IOException {
        String name = longName.isEmpty() ? name(header) : longName;
        name = pax.containsKey("path") ? paxText(pax, "path") : name;
        String link = longLink.isEmpty() ? text(header, 157, 100) : longLink;
        link = pax.containsKey("linkpath") ? paxText(pax, "linkpath") : link;
        last = name;
        if (flag == 'S' || pax.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse."))) {
            throw new ArchiveException(name + ": sparse entries are not supported; make the archive without --sparse");
        }
        long size = pax.containsKey("size") ? TarNumbers.decimal(paxText(pax, "size"), "size") : headerSize;
        if (size < 0) {
            throw new ArchiveException(name + ": negative size");
        }
        char type = flag == 0 || flag == '7' ? '0' : flag;
        type = type == '0' && name.endsWith("/") ? '5' : type;
        size = type == '0' ? size : 0;
        begin(size);
        // of other types the fields may hold anything
        boolean device = type == '3' || type == '4';
        int major = device ? device(name, 329) : 0;
        int minor = device ? device(name, 337) : 0;
        return new TarEntry(name, type, attributes(name, pax), size, link, major, minor);
    }

    private int device(String name, int offset) throws ArchiveException {
        long number = TarNumbers.field(header, offset, 8, "a device number");
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new ArchiveException(name + ": device number out of range: " + number);
        }
        return (int) number;
    }

    private static String paxText(Map<String, byte[]> pax, String key) {
        byte[] value = pax.getOrDefault(key, new byte[0]);
        return Names.decode(value, 0, value.length);
    }

    private Attributes attributes(String name, Map<String, byte[]> pax) throws ArchiveException {
        int mode = (int) TarNumbers.field(header, 100, 8, "a mode") & 07777;
        long uid = TarNumbers.field(header, 108, 8, "an owner");
        long gid = TarNumbers.field(header, 116, 8, "a group");
        long mtime = TarNumbers.nanos(TarNumbers.field(header, 136, 12, "a time"));
        Map<String, byte[]> xattrs = new TreeMap<>();
        for (var record : pax.entrySet()) {
            String key = record.getKey();
            switch (key) {
                case "uid" -> uid = TarNumbers.decimal(paxText(pax, key), key);
                case "gid" -> gid = TarNumbers.decimal(paxText(pax, key), key);
                case "mtime" -> mtime = TarNumbers.time(paxText(pax, key));
                default -> {
                    if (key.startsWith(XATTR) && isKept(key.substring(XATTR.length()))) {
                        xattrs.put(key.substring(XATTR.length()), record.getValue());
                    }
                }
            }
        }
        return new Attributes(mode, owner(name, uid), owner(name, gid), mtime, xattrs);
    }

    /** Whether Linux has such attributes; archives made elsewhere carry others, which are of no use here. */
    private static boolean isKept(String name) {
        return name.startsWith("user.")
                || name.startsWith("trusted.")
                || name.startsWith("security.")
                || name.equals("system.posix_acl_access")
                || name.equals("system.posix_acl_default");
    }

    private static int owner(String name, long id) throws ArchiveException {
        if (id < 0 || id > 0xffff_ffffL) {
            throw new ArchiveException(name + ": owner or group out of range: " + id);
        }
        return (int) id;
    }
}
