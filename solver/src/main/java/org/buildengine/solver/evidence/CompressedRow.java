package org.buildengine.solver.evidence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Rows of a version, a length in four bytes and, compressed (RFC 1951), so many bytes of content: a step has its name in its arguments
 * too, and more like that.
 */
final class CompressedRow {
    private static final int HEAD = Byte.BYTES + Integer.BYTES;

    /** A byte of such a row stands for no more bytes of content. */
    private static final int MOST_PER_BYTE = 1032;

    private CompressedRow() {}

    static byte[] of(byte version, byte[] content) {
        var deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
        try {
            deflater.setInput(content);
            deflater.finish();
            // what cannot be compressed takes five bytes more for each 16 KiB
            ByteBuffer row = ByteBuffer.allocate(HEAD + content.length + content.length / 1024 + 16);
            row.put(version).putInt(content.length);
            while (!deflater.finished()) {
                deflater.deflate(row);
            }
            row.flip();
            var written = new byte[row.remaining()];
            row.get(written);
            return written;
        } finally {
            deflater.end();
        }
    }

    /**
     * What is in a row.
     *
     * @throws IOException if it is damaged
     */
    static byte[] read(byte[] row) throws IOException {
        int length = row.length < HEAD
                ? -1
                : ByteBuffer.wrap(row, Byte.BYTES, Integer.BYTES).getInt();
        if (length < 0 || length > (long) row.length * MOST_PER_BYTE) {
            throw new IOException("a row of " + row.length + " bytes cannot have " + length + " bytes of content");
        }
        var content = new byte[length];
        var inflater = new Inflater(true);
        try {
            inflater.setInput(row, HEAD, row.length - HEAD);
            int read = inflater.inflate(content);
            if (read != length) {
                throw new IOException("a row has " + read + " bytes of content instead of " + length);
            }
            return content;
        } catch (DataFormatException e) {
            throw new IOException("a row cannot be read: " + e.getMessage(), e);
        } finally {
            inflater.end();
        }
    }
}
