package org.buildengine.snapshotter.erofs;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The bytes of one file of an image, by offset. Used by one thread. */
public final class ImageStream extends InputStream {
    private final FileChannel channel;
    private final long data;
    private final long tail;
    private final long whole;
    private final long size;
    private final boolean owned;
    private long position;

    ImageStream(FileChannel channel, long data, long tail, long size, boolean owned) {
        this.channel = channel;
        this.data = data;
        this.tail = tail;
        this.size = size;
        this.whole = tail == 0 ? size : size / Inode.BLOCK * Inode.BLOCK;
        this.owned = owned;
    }

    /** Opens a file of a finished image by its offsets. */
    public static ImageStream open(Path image, long data, long tail, long size) throws IOException {
        return new ImageStream(FileChannel.open(image, StandardOpenOption.READ), data, tail, size, true);
    }

    /** A file of a finished image that is open already, and stays so. */
    public static ImageStream within(FileChannel image, long data, long tail, long size) {
        return new ImageStream(image, data, tail, size, false);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == size) {
            return -1;
        }
        boolean inWhole = position < whole;
        long left = (inWhole ? whole : size) - position;
        long from = inWhole ? data + position : tail + position - whole;
        int read = channel.read(ByteBuffer.wrap(into, offset, (int) Math.min(length, left)), from);
        if (read < 0) {
            throw new EOFException("the layer image ends within a file; is the disk damaged?");
        }
        position += read;
        return read;
    }

    @Override
    public long skip(long count) {
        long skipped = Math.max(0, Math.min(count, size - position));
        position += skipped;
        return skipped;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, size - position);
    }

    @Override
    public void close() throws IOException {
        if (owned) {
            channel.close();
        }
    }
}
