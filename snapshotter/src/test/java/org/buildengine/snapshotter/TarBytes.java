package org.buildengine.snapshotter;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Archives written byte by byte, as no archiver would write them: nothing is checked. */
public final class TarBytes {
    private static final int BLOCK = 512;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int mode = 0644;

    /** Gives the entries from here on these permission bits. */
    public TarBytes mode(int bits) {
        mode = bits;
        return this;
    }

    /** A file. */
    public TarBytes file(String name, String content) {
        return entry(name, '0', "", content.getBytes(StandardCharsets.UTF_8));
    }

    /** A directory. */
    public TarBytes directory(String name) {
        return entry(name, '5', "", new byte[0]);
    }

    /** A symbolic link. */
    public TarBytes symlink(String name, String target) {
        return entry(name, '2', target, new byte[0]);
    }

    /** A hard link. */
    public TarBytes hardlink(String name, String target) {
        return entry(name, '1', target, new byte[0]);
    }

    /** A device. */
    public TarBytes device(String name, char type, int major, int minor) {
        byte[] header = header(name, type, "", octal(11, 0));
        put(header, 329, octal(7, major));
        put(header, 337, octal(7, minor));
        return raw(sealed(header));
    }

    /** An extended header with one record, whose length is right unless {@code record} has its own. */
    public TarBytes pax(char type, String record) {
        return pax(type, record.getBytes(StandardCharsets.UTF_8));
    }

    /** An extended header with any bytes. */
    public TarBytes pax(char type, byte[] records) {
        return entry("pax", type, "", records);
    }

    /** A record of an extended header. */
    public static String record(String key, String value) {
        return new String(record(key, value.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    /** A record with any bytes. */
    public static byte[] record(String key, byte[] value) {
        int rest = key.length() + value.length + 3;
        int length = rest + Integer.toString(rest).length();
        length = rest + Integer.toString(length).length();
        var record = new ByteArrayOutputStream();
        record.writeBytes((length + " " + key + "=").getBytes(StandardCharsets.UTF_8));
        record.writeBytes(value);
        record.write('\n');
        return record.toByteArray();
    }

    /** Any entry with its content. */
    public TarBytes entry(String name, char type, String link, byte[] content) {
        raw(sealed(header(name, type, link, octal(11, content.length))));
        return raw(padded(content));
    }

    /** A file whose size stands in the header as these bytes, without content. */
    public TarBytes sized(String name, byte[] size) {
        byte[] header = header(name, '0', "", "");
        System.arraycopy(size, 0, header, 124, size.length);
        return raw(sealed(header));
    }

    /** A sparse file of the old GNU format: a place and a length for each part, and the bytes of all of them. */
    public TarBytes oldSparse(String name, long size, List<Long> map, byte[] stored) {
        byte[] header = header(name, 'S', "", octal(11, stored.length));
        put(header, 257, "ustar  \0");
        fields(header, 386, map.subList(0, Math.min(map.size(), 8)));
        header[482] = (byte) (map.size() > 8 ? 1 : 0);
        number(header, 483, size);
        raw(sealed(header));
        for (int from = 8; from < map.size(); from += 42) {
            byte[] block = new byte[BLOCK];
            fields(block, 0, map.subList(from, Math.min(map.size(), from + 42)));
            block[504] = (byte) (map.size() > from + 42 ? 1 : 0);
            raw(block);
        }
        return raw(padded(stored));
    }

    private static void fields(byte[] block, int at, List<Long> numbers) {
        for (int i = 0; i < numbers.size(); i++) {
            number(block, at + 12 * i, numbers.get(i));
        }
    }

    /** A field of 12 bytes: octal, or in base 256 if that is not enough. */
    private static void number(byte[] block, int at, long number) {
        if (number >= 0 && number < 1L << 33) {
            put(block, at, octal(11, number));
        } else {
            java.nio.ByteBuffer.wrap(block)
                    .putInt(at, number < 0 ? -1 : 1 << 31)
                    .putLong(at + 4, number);
        }
    }

    private static byte[] padded(byte[] content) {
        return Arrays.copyOf(content, (content.length + BLOCK - 1) / BLOCK * BLOCK);
    }

    /** Bytes as they are. */
    public TarBytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** What was written so far, without the mark of the end. */
    public byte[] cut() {
        return out.toByteArray();
    }

    /** The archive with its end. */
    public byte[] end() {
        return raw(new byte[2 * BLOCK]).cut();
    }

    /** A number in as many octal digits. */
    public static String octal(int digits, long number) {
        return String.format(Locale.ROOT, "%0" + digits + "o", number);
    }

    private byte[] header(String name, char type, String link, String size) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, octal(7, mode));
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, size);
        put(header, 136, "00000000000");
        header[156] = (byte) type;
        put(header, 157, link);
        put(header, 257, "ustar");
        put(header, 263, "00");
        return header;
    }

    /** The header with its checksum. */
    private static byte[] sealed(byte[] header) {
        put(header, 148, "        ");
        int sum = 0;
        for (byte each : header) {
            sum += Byte.toUnsignedInt(each);
        }
        put(header, 148, octal(6, sum));
        header[154] = 0;
        return header;
    }

    private static void put(byte[] into, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, into, at, bytes.length);
    }
}
