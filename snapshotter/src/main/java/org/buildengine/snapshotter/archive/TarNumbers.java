package org.buildengine.snapshotter.archive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteOrder;

/** Numbers in tar headers. */
final class TarNumbers {
    private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000L);

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long LOW_BYTES = 0x00ff_00ff_00ff_00ffL;

    private TarNumbers() {}

    /** The sum of unsigned bytes, a multiple of eight and at most 1024 of them: eight at a time, in four parts of 16 bits. */
    static int sum(byte[] bytes, int offset, int length) {
        long parts = 0;
        for (int i = offset; i < offset + length; i += Long.BYTES) {
            long eight = (long) LONGS.get(bytes, i);
            parts += (eight & LOW_BYTES) + (eight >>> 8 & LOW_BYTES);
        }
        return (int) ((parts & 0xffff) + (parts >>> 16 & 0xffff) + (parts >>> 32 & 0xffff) + (parts >>> 48));
    }

    /** A field in octal digits, or in base 256 if its first bit is set. */
    static long field(byte[] header, int offset, int length, String what) throws ArchiveException {
        if ((header[offset] & 0x80) != 0) {
            return binary(header, offset, length, what);
        }
        int at = offset;
        int end = offset + length;
        while (at < end && header[at] == ' ') {
            at++;
        }
        long value = 0;
        for (; at < end && header[at] != 0 && header[at] != ' '; at++) {
            if (header[at] < '0' || header[at] > '7') {
                throw new ArchiveException(what + " in a tar header is no number");
            }
            value = value << 3 | (header[at] - '0');
        }
        return value;
    }

    private static long binary(byte[] header, int offset, int length, String what) throws ArchiveException {
        boolean negative = (header[offset] & 0x40) != 0;
        long value = negative ? -1 : 0;
        for (int i = 0; i < length; i++) {
            int next = Byte.toUnsignedInt(header[offset + i]);
            if (i == 0) {
                next = negative ? next | 0x80 : next & 0x7f;
            }
            boolean room = length - i <= 8 || next == (negative ? 0xff : 0);
            if (!room) {
                throw new ArchiveException(what + " in a tar header is too large");
            }
            value = value << 8 | next;
        }
        return value;
    }

    static long decimal(String text, String key) throws ArchiveException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new ArchiveException("pax record " + key + " is no number: \"" + text + "\"", e);
        }
    }

    /** Seconds with a fraction, as nanoseconds; beyond what fits, the nearest that does. */
    static long time(String text) throws ArchiveException {
        if (text.length() > 64 || text.indexOf('e') >= 0 || text.indexOf('E') >= 0) {
            throw new ArchiveException("pax record mtime is no time");
        }
        try {
            BigDecimal nanos = new BigDecimal(text).multiply(NANOS).setScale(0, RoundingMode.FLOOR);
            return nanos.max(BigDecimal.valueOf(Long.MIN_VALUE))
                    .min(BigDecimal.valueOf(Long.MAX_VALUE))
                    .longValueExact();
        } catch (NumberFormatException e) {
            throw new ArchiveException("pax record mtime is no time: \"" + text + "\"", e);
        }
    }

    /** Seconds as nanoseconds; beyond what fits, the nearest that does. */
    static long nanos(long seconds) {
        long most = Long.MAX_VALUE / 1_000_000_000L;
        return Math.max(-most, Math.min(most, seconds)) * 1_000_000_000L;
    }
}
