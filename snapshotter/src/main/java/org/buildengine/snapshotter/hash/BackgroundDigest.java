package org.buildengine.snapshotter.hash;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.buildengine.snapshotter.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A SHA-256 that a thread of its own computes if there is much of it, while whoever gives it the bytes goes on with them. The
 * thread is started when there is enough for it to do; at most a few blocks wait for it. Used by one thread.
 */
public final class BackgroundDigest implements Closeable {
    /** Less than this is not worth a thread. */
    private static final long MUCH = 4 << 20;

    private static final int BLOCK = 256 * 1024;
    private static final int BLOCKS = 4;

    private final MessageDigest sha = Digest.sha256();
    private final boolean alone;
    private @Nullable Worker worker;

    /** A digest of about {@code expected} bytes. */
    public BackgroundDigest(long expected) {
        this.alone = expected < MUCH;
    }

    /** Takes the next bytes. */
    public void update(byte[] bytes, int offset, int length) throws IOException {
        if (alone) {
            sha.update(bytes, offset, length);
            return;
        }
        if (worker == null) {
            worker = new Worker(sha);
        }
        worker.update(bytes, offset, length);
    }

    /** The digest of all that was given; asked for once, at the end. */
    public Digest finish() throws IOException {
        if (worker != null) {
            worker.finish();
        }
        return Digest.finish(sha);
    }

    /** Ends the thread. */
    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
    }

    /** The thread, with the blocks that go to it and come back. */
    private static final class Worker {
        private final MessageDigest sha;
        private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(BLOCKS);
        private byte[] block = new byte[BLOCK];
        private int made = 1;
        private int used;
        private @Nullable ExecutorService thread;

        /** What kept the thread from a block; there is no digest then. */
        private volatile @Nullable Throwable failure;

        Worker(MessageDigest sha) {
            this.sha = sha;
        }

        void update(byte[] bytes, int offset, int length) throws IOException {
            int at = offset;
            int left = length;
            while (left > 0) {
                if (used == BLOCK) {
                    handOver();
                }
                int taken = Math.min(left, BLOCK - used);
                System.arraycopy(bytes, at, block, used, taken);
                used += taken;
                at += taken;
                left -= taken;
            }
        }

        private void handOver() throws IOException {
            if (thread == null) {
                thread = Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("digest").daemon().factory());
            }
            byte[] full = block;
            thread.execute(() -> {
                try {
                    sha.update(full, 0, BLOCK);
                } catch (RuntimeException | Error e) {
                    failure = e;
                } finally {
                    free.add(full);
                }
            });
            block = nextBlock();
            used = 0;
        }

        private byte[] nextBlock() throws IOException {
            byte[] done = free.poll();
            if (done != null) {
                return done;
            }
            if (made < BLOCKS) {
                made++;
                return new byte[BLOCK];
            }
            try {
                return free.take();
            } catch (InterruptedException e) {
                throw interrupted();
            }
        }

        private static InterruptedIOException interrupted() {
            Thread.currentThread().interrupt();
            return new InterruptedIOException("interrupted while computing a digest");
        }

        void finish() throws IOException {
            if (thread != null) {
                try {
                    Future<?> before = thread.submit(() -> {});
                    before.get();
                } catch (InterruptedException e) {
                    throw interrupted();
                } catch (ExecutionException e) {
                    throw new IllegalStateException("nothing was done that can fail", e);
                }
            }
            if (failure != null) {
                throw new IOException("a digest could not be computed", failure);
            }
            sha.update(block, 0, used);
        }

        void close() {
            if (thread != null) {
                thread.shutdownNow();
            }
        }
    }
}
