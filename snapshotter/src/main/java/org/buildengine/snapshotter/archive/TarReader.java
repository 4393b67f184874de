package org.buildengine.snapshotter.archive;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.tree.Names;

/**
 * Reads a tar as a stream: ustar (POSIX 1003.1), the GNU long names, pax records, sparse files in all ways in which GNU
 * tar writes them. Used by one thread. Formats: GNU tar manual, "Basic Tar Format", "Storing Sparse Files"; POSIX, {@code
 * pax}.
 */
final class TarReader {
    private static final int BLOCK = 512;
    private static final int CHECKSUM = 148;
    private static final int CHECKSUM_LENGTH = 8;
    private static final int MOST_EXTRA = 4 << 20;
    private static final int MOST_GLOBAL = 64;
    private static final String SPARSE = "GNU.sparse.";
    private static final int SPARSE_FIELDS = 386;
    private static final int SPARSE_MORE = 482;
    private static final int SPARSE_SIZE = 483;
    private static final int SPARSE_MORE_IN_BLOCK = 504;

    private final InputStream in;
    private final byte[] header = new byte[BLOCK];
    private final PaxRecords global = new PaxRecords();
    private String last = "";
    private long extras;
    private Optional<SparseMap> sparse = Optional.empty();

    /** Bytes of the current entry that are still in the archive. */
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
        var pax = new PaxRecords(global);
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
                case 'x' -> pax.add(extra(size));
                case 'g' -> {
                    global.add(extra(size));
                    checkGlobal();
                    pax.addAll(global);
                }
                default -> {
                    return Optional.of(entry(type, size, pax, longName, longLink));
                }
            }
        }
    }

    private void checkGlobal() throws ArchiveException {
        if (!global.holes().isEmpty() || global.hasAny(SPARSE)) {
            throw new ArchiveException("a global pax header cannot say where the holes of files are" + after());
        }
        if (global.count() > MOST_GLOBAL || global.bytes() > MOST_EXTRA) {
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
        countExtra(size);
        begin(size);
        return stored((int) size);
    }

    private void countExtra(long size) throws ArchiveException {
        extras = size > MOST_EXTRA ? size : extras + size;
        if (extras > MOST_EXTRA) {
            throw new ArchiveException("headers of " + extras + " bytes for one entry are refused" + after());
        }
    }

    private byte[] stored(int size) throws IOException {
        byte[] bytes = new byte[size];
        int read = 0;
        while (read < bytes.length) {
            read += readStored(bytes, read, bytes.length - read);
        }
        return bytes;
    }

    private void begin(long size) {
        left = size;
        padding = (BLOCK - size % BLOCK) % BLOCK;
    }

    /** Bytes of the current entry that were not read yet. */
    long left() {
        return sparse.isPresent() ? sparse.get().left() : left;
    }

    /** Reads some bytes of the current entry, of which there are some left. */
    int read(byte[] into, int offset, int length) throws IOException {
        if (sparse.isEmpty()) {
            return readStored(into, offset, length);
        }
        SparseMap map = sparse.get();
        int read = map.run(length);
        if (map.inHole()) {
            Arrays.fill(into, offset, offset + read, (byte) 0);
        } else {
            read = readStored(into, offset, read);
        }
        map.advance(read);
        return read;
    }

    private int readStored(byte[] into, int offset, int length) throws IOException {
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
        sparse = Optional.empty();
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

    private TarEntry entry(char flag, long headerSize, PaxRecords pax, String longName, String longLink)
            throws IOException {
        String name = longName.isEmpty() ? name(header) : longName;
        name = pax.text("path", name);
        name = pax.text(SPARSE + "name", name);
        String link = pax.text("linkpath", longLink.isEmpty() ? text(header, 157, 100) : longLink);
        last = name;
        long size = pax.number("size", headerSize);
        if (size < 0) {
            throw new ArchiveException(name + ": negative size");
        }
        char type = flag == 0 || flag == '7' || flag == 'S' ? '0' : flag;
        type = type == '0' && name.endsWith("/") ? '5' : type;
        begin(type == '0' ? size : 0);
        if (type == '0') {
            sparse = flag == 'S' ? Optional.of(oldSparseMap(name)) : paxSparseMap(name, pax);
        }
        // of other types the fields may hold anything
        boolean device = type == '3' || type == '4';
        int major = device ? device(name, 329) : 0;
        int minor = device ? device(name, 337) : 0;
        return new TarEntry(name, type, attributes(name, pax), left(), link, major, minor);
    }

    /** The map of the old GNU format: four places in the header, the others in blocks behind it. */
    private SparseMap oldSparseMap(String name) throws IOException {
        var map = new SparseMap.Draft();
        map.fields(header, SPARSE_FIELDS, 4);
        byte[] block = new byte[BLOCK];
        for (boolean more = header[SPARSE_MORE] != 0; more; more = block[SPARSE_MORE_IN_BLOCK] != 0) {
            countExtra(BLOCK);
            if (in.readNBytes(block, 0, BLOCK) < BLOCK) {
                throw new ArchiveException("the archive ends in the middle of a header" + after());
            }
            map.fields(block, 0, 21);
        }
        return map.finish(name, TarNumbers.field(header, SPARSE_SIZE, 12, "the size of a sparse file"), left);
    }

    /** The map of pax formats 0.0 (in records), 0.1 (in one record) and 1.0 (before the content). */
    private Optional<SparseMap> paxSparseMap(String name, PaxRecords pax) throws IOException {
        SparseMap.Draft map = pax.holes();
        if (map.isEmpty() && !pax.hasAny(SPARSE)) {
            return Optional.empty();
        }
        String version = pax.text(SPARSE + "major", "0");
        switch (version) {
            case "0" -> {
                byte[] text = pax.value(SPARSE + "map");
                map.numbers(text, 0, ',', text.length);
            }
            case "1" -> mapBeforeContent(name, map);
            default -> throw new ArchiveException(name + ": a sparse file of the unknown format " + version);
        }
        String key = SPARSE + (pax.has(SPARSE + "realsize") ? "realsize" : "size");
        return Optional.of(map.finish(name, TarNumbers.decimal(pax.text(key, ""), key), left));
    }

    /** Lines of digits, the first of which says how many pairs follow, up to the end of a block. */
    private void mapBeforeContent(String name, SparseMap.Draft map) throws IOException {
        var text = new ByteArrayOutputStream();
        int first = 0;
        long lines = 0;
        long wanted = 1;
        while (lines < wanted) {
            if (left < BLOCK) {
                throw SparseMap.Draft.damaged(name, "it is cut off");
            }
            countExtra(BLOCK);
            byte[] block = stored(BLOCK);
            text.writeBytes(block);
            for (byte each : block) {
                lines += each == '\n' ? 1 : 0;
            }
            if (lines > 0 && first == 0) {
                String count = text.toString(StandardCharsets.ISO_8859_1).split("\n", 2)[0];
                first = count.length() + 1;
                wanted = 1 + 2 * mapLength(name, count);
            }
        }
        map.numbers(text.toByteArray(), first, '\n', wanted - 1);
    }

    private static long mapLength(String name, String text) throws ArchiveException {
        long count = TarNumbers.decimal(text, "GNU.sparse.map");
        if (count < 0 || count > MOST_EXTRA) {
            throw SparseMap.Draft.damaged(name, "it says that it has " + count + " places");
        }
        return count;
    }

    private int device(String name, int offset) throws ArchiveException {
        long number = TarNumbers.field(header, offset, 8, "a device number");
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new ArchiveException(name + ": device number out of range: " + number);
        }
        return (int) number;
    }

    private Attributes attributes(String name, PaxRecords pax) throws ArchiveException {
        int mode = (int) TarNumbers.field(header, 100, 8, "a mode") & 07777;
        long uid = pax.number("uid", TarNumbers.field(header, 108, 8, "an owner"));
        long gid = pax.number("gid", TarNumbers.field(header, 116, 8, "a group"));
        long mtime = TarNumbers.nanos(TarNumbers.field(header, 136, 12, "a time"));
        if (pax.has("mtime")) {
            mtime = TarNumbers.time(pax.text("mtime", ""));
        }
        return new Attributes(mode, owner(name, uid), owner(name, gid), mtime, pax.xattrs());
    }

    private static int owner(String name, long id) throws ArchiveException {
        if (id < 0 || id > 0xffff_ffffL) {
            throw new ArchiveException(name + ": owner or group out of range: " + id);
        }
        return (int) id;
    }
}
