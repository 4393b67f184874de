package org.buildengine.snapshotter.erofs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.tree.DraftTree;

/**
 * Writes one image. Files may be written by several threads at once; each has its blocks reserved when it starts. Its
 * inode is put down when it ends, into a buffer that is written once full. {@link #finish} does the rest, when no file
 * is open any more. Memory: the buffer, and what {@link DraftTree} holds.
 */
public final class ErofsWriter {
    private static final int RUN = 64 * Inode.BLOCK;
    private static final byte[] NOTHING = new byte[0];

    private final FileChannel channel;
    private final Room room;
    private final AtomicLong nextBlock = new AtomicLong(1);
    private final AtomicInteger numbers = new AtomicInteger(1);
    private final ReentrantLock lock = new ReentrantLock();
    // guarded by lock: the run of inode blocks being filled
    private byte[] run = NOTHING;
    private long runStart;
    private int runUsed;

    /** A writer into an empty file, which the caller closes; {@code room} is asked for more when the disk is full. */
    public ErofsWriter(FileChannel channel, Room room) {
        this.channel = channel;
        this.room = room;
    }

    /**
     * Where a file lies.
     *
     * @param data byte offset of its whole blocks
     * @param tail byte offset of the bytes after them, or 0 if they follow the blocks
     * @param inode its inode number
     */
    public record Place(long data, long tail, long inode) {}

    /** Starts a file of exactly {@code size} bytes. */
    public ErofsFile file(Attributes attributes, long size) throws IOException {
        return new ErofsFile(this, attributes, Inode.encodeXattrs(attributes.xattrs()), size);
    }

    /** Opens a file that was finished, before the image is. */
    public InputStream open(long data, long tail, long size) throws IOException {
        flushRun();
        return new ImageStream(channel, data, tail, size, false);
    }

    long reserve(long blocks) throws IOException {
        long start = nextBlock.getAndAdd(blocks);
        if (start + blocks > 0xffff_fff0L) {
            throw new IOException("a layer image holds at most 16 TiB");
        }
        return start;
    }

    int number() {
        return numbers.getAndIncrement();
    }

    /**
     * Puts an inode, and the bytes that stand behind it, into one block.
     *
     * @return byte offset of the inode
     */
    long place(byte[] inode, byte[] tail, int tailOffset, int tailLength) throws IOException {
        int needed = inode.length + tailLength;
        byte[] full = NOTHING;
        long fullStart = 0;
        long position;
        lock.lock();
        try {
            int at = slot(runUsed, needed);
            if (run.length == 0 || at + needed > run.length) {
                full = run;
                fullStart = runStart;
                run = new byte[RUN];
                runStart = reserve(RUN / Inode.BLOCK) * Inode.BLOCK;
                at = 0;
            }
            System.arraycopy(inode, 0, run, at, inode.length);
            System.arraycopy(tail, tailOffset, run, at + inode.length, tailLength);
            runUsed = at + needed;
            position = runStart + at;
        } finally {
            lock.unlock();
        }
        write(fullStart, full, 0, full.length);
        return position;
    }

    /** The first slot from {@code used} on in whose block {@code needed} bytes fit; larger ones start a block. */
    static int slot(int used, int needed) {
        int at = Inode.align(used, Inode.SLOT);
        return at % Inode.BLOCK + needed > Inode.BLOCK ? Inode.align(at, Inode.BLOCK) : at;
    }

    private void flushRun() throws IOException {
        byte[] bytes;
        long start;
        lock.lock();
        try {
            bytes = Arrays.copyOf(run, runUsed);
            start = runStart;
        } finally {
            lock.unlock();
        }
        write(start, bytes, 0, bytes.length);
    }

    void write(long position, byte[] bytes, int offset, int length) throws IOException {
        DiskWrites.at(channel, position, ByteBuffer.wrap(bytes, offset, length), "the image of a layer", room);
    }

    /** Puts a node that has no blocks of its own, and returns its inode number. */
    long placeSmall(NodeType type, Attributes attributes, byte[] content, int device) throws IOException {
        byte[] xattrs = Inode.encodeXattrs(attributes.xattrs());
        boolean inline = content.length > 0 && Inode.LENGTH + xattrs.length + content.length <= Inode.BLOCK;
        int union = type == NodeType.CHAR_DEVICE || type == NodeType.BLOCK_DEVICE ? device : Inode.NO_BLOCK;
        if (content.length > 0 && !inline) {
            long block = reserve((content.length + Inode.BLOCK - 1) / Inode.BLOCK);
            write(block * Inode.BLOCK, content, 0, content.length);
            union = (int) block;
        }
        byte[] inode = Inode.encode(type, attributes, xattrs, content.length, union, inline, number(), 1);
        return place(inode, content, 0, inline ? content.length : 0) / Inode.SLOT;
    }

    /**
     * Writes links, devices, directories and the superblock, and says in {@code draft} which inode each node is.
     *
     * @param identity 16 bytes that name the image
     */
    public void finish(DraftTree draft, byte[] identity) throws IOException {
        var names = new NamePass(this, draft);
        names.run();
        new Superblock(identity, numbers.get()).finish(this, names);
    }

    long end() {
        return nextBlock.get();
    }

    /** Ends the file at a block, so that mounting through a loop device sees all of it. */
    void cut(long blocks) throws IOException {
        long length = blocks * Inode.BLOCK;
        if (channel.size() < length) {
            write(length - 1, new byte[1], 0, 1);
        } else {
            channel.truncate(length);
        }
    }

    /**
     * Writes the last run and gives back what it reserved and did not use, if nothing was reserved after it. No inode is
     * placed from now on, and those that were may be written over.
     */
    void endRun() throws IOException {
        lock.lock();
        try {
            long used = (runStart + runUsed + Inode.BLOCK - 1) / Inode.BLOCK;
            long reserved = (runStart + run.length) / Inode.BLOCK;
            if (run.length > 0 && nextBlock.compareAndSet(reserved, used)) {
                run = Arrays.copyOf(run, (int) (used * Inode.BLOCK - runStart));
            }
        } finally {
            lock.unlock();
        }
        flushRun();
    }
}
