package org.buildengine.snapshotter.archive;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Compresses blocks by several threads and writes them in their order, so that the outcome does not depend on the number
 * of threads. At most two blocks for each thread are in memory. Used by one thread.
 */
final class BlockOutputStream extends OutputStream {
    private static final int DICTIONARY = 32 * 1024;

    private final OutputStream out;
    private final BlockFormat format;
    private final int threads;
    private final ExecutorService pool;
    private final Deque<Future<byte[]>> pending = new ArrayDeque<>();
    private byte[] block;
    private byte[] before = new byte[0];
    private int used;

    BlockOutputStream(OutputStream out, BlockFormat format, int threads) throws IOException {
        this.out = out;
        this.format = format;
        this.threads = threads;
        this.block = new byte[format.blockLength()];
        this.pool = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("pack-", 0).daemon().factory());
        out.write(format.header());
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        format.passed(bytes, offset, length);
        int at = offset;
        int left = length;
        while (left > 0) {
            if (used == block.length) {
                submit(false);
            }
            int taken = Math.min(left, block.length - used);
            System.arraycopy(bytes, at, block, used, taken);
            used += taken;
            at += taken;
            left -= taken;
        }
    }

    private void submit(boolean last) throws IOException {
        byte[] full = block;
        int length = used;
        byte[] dictionary = before;
        pending.addLast(pool.submit(() -> format.compress(full, length, dictionary, last)));
        before = Arrays.copyOfRange(full, Math.max(0, length - DICTIONARY), length);
        block = new byte[full.length];
        used = 0;
        while (pending.size() > 2 * threads) {
            drain();
        }
    }

    private void drain() throws IOException {
        try {
            out.write(pending.removeFirst().get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while packing a layer");
        } catch (ExecutionException e) {
            throw new IOException("cannot compress a layer: " + e.getCause(), e);
        }
    }

    /** Writes the rest; the stream below stays open. */
    void finish() throws IOException {
        submit(true);
        while (!pending.isEmpty()) {
            drain();
        }
        out.write(format.trailer());
    }

    /** Ends the threads. */
    @Override
    public void close() {
        pool.shutdownNow();
    }
}
