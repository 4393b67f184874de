package org.buildengine.snapshotter;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
        return raw(Arrays.copyOf(content, (content.length + BLOCK - 1) / BLOCK * BLOCK));
    }

    /** A file whose size stands in the header as these bytes, without content. */
    public TarBytes sized(String name, byte[] size) {
        byte[] header = header(name, '0', "", "");
        System.arraycopy(size, 0, header, 124, size.length);
        return raw(sealed(header));
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
