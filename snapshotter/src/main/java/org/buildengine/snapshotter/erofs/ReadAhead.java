package org.buildengine.snapshotter.erofs;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.PageCache;
import org.buildengine.snapshotter.tree.LayerIndex;
import org.buildengine.snapshotter.tree.NodeTable;

/**
 * Has the kernel read the inodes of images that are not in memory, and the short contents beside them. EROFS reads such
 * blocks one by one as somebody asks for them, and a tree of many small files is hardly anything else; the blocks of longer
 * contents are read ahead by the kernel itself. Safe for use by several threads; the work is done by one in the background.
 */
public final class ReadAhead {
    private static final System.Logger LOG = System.getLogger(ReadAhead.class.getName());
    private static final long MOST_BYTES = 256L << 20;

    /** What lies between two blocks of inodes is read with them, if it is no more than this. */
    private static final int GAP_BLOCKS = 8;

    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long NEVER_NANOS = Long.MAX_VALUE / 2;
    private static final int IDLE_SECONDS = 10;

    private final ExecutorService thread;

    /** A background without a thread yet; it has one while there is work. */
    public ReadAhead() {
        var single = new ThreadPoolExecutor(
                1,
                1,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("read-ahead").daemon().factory());
        single.allowCoreThreadTimeOut(true);
        this.thread = single;
    }

    /** A mounted image and the file of its index. */
    public Image of(Path image, Path index) {
        return new Image(image, index);
    }

    /** An image that is used again and again, while the kernel may need its memory for something else. */
    public final class Image {
        private final Path file;
        private final Path index;
        private final AtomicLong due = new AtomicLong(System.nanoTime());

        private Image(Path file, Path index) {
            this.file = file;
            this.index = index;
        }

        /** Says that the image is about to be read. Returns at once; looks every few seconds at most whether there is something to do. */
        public void used() {
            long now = System.nanoTime();
            long then = due.get();
            // at most once in the queue, however slow the disk is
            if (now - then >= 0 && due.compareAndSet(then, now + NEVER_NANOS)) {
                thread.execute(this::read);
            }
        }

        private void read() {
            try {
                ReadAhead.read(file, index);
            } catch (IOException e) {
                // the layer may be gone by now; whoever needs it reads it, or is told
                LOG.log(Level.DEBUG, "not read ahead: " + file, e);
            } finally {
                due.set(System.nanoTime() + INTERVAL_NANOS);
            }
        }
    }

    private static void read(Path image, Path index) throws IOException {
        try (Descriptor file = Descriptor.forReading(image.toString())) {
            OptionalLong cached = PageCache.cached(file);
            if (cached.isEmpty() || 2 * cached.getAsLong() > Files.size(image)) {
                return;
            }
            BitSet blocks = inodeBlocks(LayerIndex.load(index).table());
            long left = MOST_BYTES / Inode.BLOCK;
            for (int from = blocks.nextSetBit(0); from >= 0 && left > 0; ) {
                int to = end(blocks, from);
                PageCache.readAhead(file, (long) from * Inode.BLOCK, (long) (to - from) * Inode.BLOCK);
                left -= to - from;
                from = blocks.nextSetBit(to);
            }
        }
    }

    /** The blocks that hold an inode. What stands behind an inode is in the same block. */
    static BitSet inodeBlocks(NodeTable table) {
        var blocks = new BitSet();
        for (int node = 0; node < table.count(); node++) {
            long block = table.inode(node) * Inode.SLOT / Inode.BLOCK;
            if (block > 0 && block < Integer.MAX_VALUE) {
                blocks.set((int) block);
            }
        }
        return blocks;
    }

    /** Where the run of blocks that begins at {@code from} ends, short gaps included. */
    static int end(BitSet blocks, int from) {
        int to = blocks.nextClearBit(from);
        for (int next = blocks.nextSetBit(to); next >= 0 && next - to <= GAP_BLOCKS; next = blocks.nextSetBit(to)) {
            to = blocks.nextClearBit(next);
        }
        return to;
    }
}
