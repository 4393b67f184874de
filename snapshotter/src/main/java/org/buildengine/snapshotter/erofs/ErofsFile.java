package org.buildengine.snapshotter.erofs;

import java.io.IOException;
import java.util.Arrays;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.NodeType;

/** One file on its way into an image. Used by one thread; the caller writes exactly the size it announced. */
public final class ErofsFile {
    private static final int BUFFER = 16 * Inode.BLOCK;
    private static final byte[] ZEROS = new byte[64 * Inode.BLOCK];

    private final ErofsWriter image;
    private final Attributes attributes;
    private final byte[] xattrs;
    private final long size;
    private final boolean inline;
    private final long block;
    private final byte[] buffer;
    private int buffered;
    private long flushed;

    /** Whether what was flushed ends in a hole of the image. */
    private boolean hole;

    ErofsFile(ErofsWriter image, Attributes attributes, byte[] xattrs, long size) throws IOException {
        this.image = image;
        this.attributes = attributes;
        this.xattrs = xattrs;
        this.size = size;
        int rest = (int) (size % Inode.BLOCK);
        this.inline = rest > 0 && Inode.LENGTH + xattrs.length + rest <= Inode.BLOCK;
        long blocks = size / Inode.BLOCK + (rest > 0 && !inline ? 1 : 0);
        this.block = blocks == 0 ? Inode.NO_BLOCK : image.reserve(blocks);
        this.buffer = new byte[(int) Math.min(size, BUFFER)];
    }

    /** Takes the next bytes. */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int at = offset;
        int left = length;
        while (left > 0) {
            if (buffered == buffer.length) {
                flush(buffer, 0, buffered);
                buffered = 0;
            }
            int through = left / Inode.BLOCK * Inode.BLOCK;
            if (buffered == 0 && through >= buffer.length) {
                flush(bytes, at, through);
                at += through;
                left -= through;
                continue;
            }
            int taken = Math.min(left, buffer.length - buffered);
            System.arraycopy(bytes, at, buffer, buffered, taken);
            buffered += taken;
            at += taken;
            left -= taken;
        }
    }

    /** Writes what is not all zeros: what was never written reads as such, and takes no space. */
    private void flush(byte[] bytes, int offset, int length) throws IOException {
        hole = length <= ZEROS.length && Arrays.mismatch(bytes, offset, offset + length, ZEROS, 0, length) < 0;
        if (!hole) {
            image.write(block * Inode.BLOCK + flushed, bytes, offset, length);
        }
        flushed += length;
    }

    /** Puts down the rest and the inode. */
    public ErofsWriter.Place finish() throws IOException {
        int rest = inline ? (int) (size % Inode.BLOCK) : 0;
        int whole = buffered - rest;
        if (whole > 0) {
            image.write(block * Inode.BLOCK + flushed, buffer, 0, whole);
        } else if (hole) {
            image.write(block * Inode.BLOCK + flushed - 1, ZEROS, 0, 1);
        }
        byte[] inode = Inode.encode(NodeType.FILE, attributes, xattrs, size, (int) block, inline, image.number(), 1);
        long position = image.place(inode, buffer, Math.max(0, whole), rest);
        long data = block == Inode.NO_BLOCK ? 0 : block * Inode.BLOCK;
        return new ErofsWriter.Place(data, inline ? position + inode.length : 0, position / Inode.SLOT);
    }
}
