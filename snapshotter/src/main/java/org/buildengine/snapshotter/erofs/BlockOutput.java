package org.buildengine.snapshotter.erofs;

import java.io.IOException;
import java.util.Arrays;

/** Writes forward into an image, in large pieces; what is skipped stays zero. */
final class BlockOutput {
    private final ErofsWriter image;
    private final byte[] buffer = new byte[64 * Inode.BLOCK];
    private long start;
    private int used;

    BlockOutput(ErofsWriter image, long start) {
        this.image = image;
        this.start = start;
    }

    void seek(long position) throws IOException {
        if (position - start > buffer.length) {
            flush();
            start = position;
        }
        used = (int) (position - start);
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int left = length;
        while (left > 0) {
            if (used == buffer.length) {
                flush();
            }
            int taken = Math.min(left, buffer.length - used);
            System.arraycopy(bytes, at, buffer, used, taken);
            used += taken;
            at += taken;
            left -= taken;
        }
    }

    void flush() throws IOException {
        image.write(start, buffer, 0, used);
        start += used;
        used = 0;
        Arrays.fill(buffer, (byte) 0);
    }
}
