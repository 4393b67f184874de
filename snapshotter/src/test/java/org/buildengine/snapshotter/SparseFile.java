package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** A file with holes, as archives have it. */
public final class SparseFile {
    private static final int UNIT = 512;

    /** The ways to write it. */
    public enum Format {
        OLD_GNU,
        PAX_0_0,
        PAX_0_1,
        PAX_1_0
    }

    private final long size;
    private final List<Long> map;
    private final byte[] stored;

    /**
     * A file.
     *
     * @param size bytes of the file
     * @param map place and length of each part that the archive holds
     * @param stored those parts
     */
    public SparseFile(long size, List<Long> map, byte[] stored) {
        this.size = size;
        this.map = List.copyOf(map);
        this.stored = stored.clone();
    }

    /** Bytes of the file. */
    public long size() {
        return size;
    }

    /** A file whose parts are where an archiver would see them: all but the last of whole blocks. */
    public static SparseFile of(long seed, int size) {
        var random = new Random(seed);
        var map = new ArrayList<Long>();
        long end = 0;
        int stored = 0;
        for (long at = UNIT * (long) random.nextInt(300); at < size; at = end + UNIT * (long) random.nextInt(1, 300)) {
            long length = Math.min(UNIT * (1L + random.nextInt(20)), size - at);
            map.addAll(List.of(at, length));
            stored += (int) length;
            end = at + length;
        }
        if (end < size) {
            map.addAll(List.of((long) size, 0L)); // tar knows by it that the file ends in a hole
        }
        byte[] bytes = new byte[stored];
        random.nextBytes(bytes);
        return new SparseFile(size, map, bytes);
    }

    /** Writes it behind further records of a pax header. */
    public void write(Format format, String name, byte[] records, TarBytes tar) {
        var pax = new ByteArrayOutputStream();
        pax.writeBytes(records);
        if (format != Format.OLD_GNU) {
            pax.writeBytes(records(format));
        }
        if (pax.size() > 0) {
            tar.pax('x', pax.toByteArray());
        }
        switch (format) {
            case OLD_GNU -> tar.oldSparse(name, size, map, stored);
            case PAX_0_0, PAX_0_1 -> tar.entry(name, '0', "", stored);
            case PAX_1_0 -> tar.entry(name, '0', "", mapAndContent());
        }
    }

    private byte[] records(Format format) {
        var records = new ByteArrayOutputStream();
        boolean before = format == Format.PAX_1_0;
        if (before) {
            record(records, "major", "1");
            record(records, "minor", "0");
            record(records, "realsize", Long.toString(size));
            return records.toByteArray();
        }
        record(records, "size", Long.toString(size));
        record(records, "numblocks", Integer.toString(map.size() / 2));
        if (format == Format.PAX_0_1) {
            record(records, "map", map.stream().map(String::valueOf).collect(Collectors.joining(",")));
        } else {
            for (int i = 0; i < map.size(); i++) {
                record(records, i % 2 == 0 ? "offset" : "numbytes", map.get(i).toString());
            }
        }
        return records.toByteArray();
    }

    private static void record(ByteArrayOutputStream into, String key, String value) {
        into.writeBytes(TarBytes.record("GNU.sparse." + key, value).getBytes(US_ASCII));
    }

    private byte[] mapAndContent() {
        String text = LongStream.concat(
                        LongStream.of(map.size() / 2), map.stream().mapToLong(Long::longValue))
                .mapToObj(number -> number + "\n")
                .collect(Collectors.joining());
        byte[] bytes = text.getBytes(US_ASCII);
        byte[] whole = Arrays.copyOf(bytes, (bytes.length + UNIT - 1) / UNIT * UNIT);
        var both = new ByteArrayOutputStream();
        both.writeBytes(whole);
        both.writeBytes(stored);
        return both.toByteArray();
    }

    /** All bytes of the file. */
    public byte[] content() {
        byte[] content = new byte[Math.toIntExact(size)];
        int from = 0;
        for (int i = 0; i < map.size(); i += 2) {
            int length = Math.toIntExact(map.get(i + 1));
            System.arraycopy(stored, from, content, Math.toIntExact(map.get(i)), length);
            from += length;
        }
        return content;
    }
}
