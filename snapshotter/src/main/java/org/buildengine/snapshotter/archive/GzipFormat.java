package org.buildengine.snapshotter.archive;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * One gzip member (RFC 1952). Each block has the end of the one before as its dictionary and ends at a whole byte, so that
 * the blocks one behind the other are one stream.
 */
final class GzipFormat implements BlockFormat {
    private static final int BLOCK = 512 * 1024;
    /** Deflate, no flags, no time, no level, unknown system. */
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private final int level;
    private final CRC32 crc = new CRC32();
    private long count;

    GzipFormat(int level) {
        this.level = level;
    }

    @Override
    public int blockLength() {
        return BLOCK;
    }

    @Override
    public byte[] header() {
        return HEADER.clone();
    }

    @Override
    public void passed(byte[] bytes, int offset, int length) {
        crc.update(bytes, offset, length);
        count += length;
    }

    @Override
    public byte[] compress(byte[] block, int length, byte[] before, boolean last) {
        var deflater = new Deflater(level, true);
        try {
            deflater.setDictionary(before);
            deflater.setInput(block, 0, length);
            if (last) {
                deflater.finish();
            }
            byte[] deflated = new byte[length + length / 1000 + 64];
            int end = 0;
            while (true) {
                end += deflater.deflate(
                        deflated, end, deflated.length - end, last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
                if (end < deflated.length) {
                    return Arrays.copyOf(deflated, end);
                }
                deflated = Arrays.copyOf(deflated, deflated.length * 2);
            }
        } finally {
            deflater.end();
        }
    }

    @Override
    public byte[] trailer() {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) crc.getValue())
                .putInt((int) count)
                .array();
    }
}
