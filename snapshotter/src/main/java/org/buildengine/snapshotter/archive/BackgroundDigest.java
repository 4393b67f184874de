package org.buildengine.snapshotter.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.buildengine.snapshotter.Digest;
import org.jspecify.annotations.Nullable;

/**
 * A SHA-256 that a thread of its own computes, while whoever gives it the bytes goes on with them. The thread is started when
 * there is enough for it to do; at most a few blocks wait for it. Used by one thread.
 */
final class BackgroundDigest implements Closeable {
    private static final int BLOCK = 256 * 1024;
    private static final int WAITING = 4;

    private final MessageDigest sha = Digest.sha256();
    private final Semaphore free = new Semaphore(WAITING);
    private byte[] block = new byte[BLOCK];
    private int used;
    private @Nullable ExecutorService thread;

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
        try {
            free.acquire();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        if (thread == null) {
            thread = Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("archive-digest").daemon().factory());
        }
        byte[] full = block;
        thread.execute(() -> {
            sha.update(full, 0, BLOCK);
            free.release();
        });
        block = new byte[BLOCK];
        used = 0;
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while reading an archive");
    }

    /** The digest of all that was given; asked for once, at the end. */
    Digest finish() throws IOException {
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
        sha.update(block, 0, used);
        return Digest.finish(sha);
    }

    /** Ends the thread. */
    @Override
    public void close() {
        if (thread != null) {
            thread.shutdownNow();
        }
    }
}
