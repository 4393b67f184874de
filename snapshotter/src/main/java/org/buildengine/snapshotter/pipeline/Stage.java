package org.buildengine.snapshotter.pipeline;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A stage of a pipeline: works on buffers in a thread of its own, in their order, while the thread before it fills the next
 * one. There are four buffers at most, so that the one before waits when it is faster. The thread is started with the first
 * buffer that is handed over; a stream that fits into one is worked on without it. What keeps the work from a buffer ends all
 * of it: none is passed over. Used by one thread.
 *
 * @param <B> a buffer, which the work leaves empty
 */
public final class Stage<B> implements Closeable {
    private static final int BUFFERS = 4;

    private final String name;
    private final Supplier<B> maker;
    private final Work<B> work;
    private final BlockingQueue<B> free = new ArrayBlockingQueue<>(BUFFERS);
    private B buffer;
    private int made = 1;
    private @Nullable ExecutorService thread;

    /** What the thread met; it does nothing any more then. */
    private volatile @Nullable Throwable failure;

    private volatile boolean closed;

    /** What is done with a buffer. */
    @FunctionalInterface
    public interface Work<B> {
        /** Takes all that is in it. */
        void on(B buffer) throws IOException;
    }

    /**
     * A stage that has done nothing yet.
     *
     * @param name of its thread
     * @param maker makes an empty buffer
     */
    public Stage(String name, Supplier<B> maker, Work<B> work) {
        this.name = name;
        this.maker = maker;
        this.work = work;
        this.buffer = maker.get();
    }

    /** The buffer to fill; after {@link #handOver} it is another. */
    public B buffer() {
        return buffer;
    }

    /**
     * Gives the buffer to the thread, and waits for one that is free.
     *
     * @throws IOException what the work on an earlier one met, which may be any other exception or error too
     */
    public void handOver() throws IOException {
        if (thread == null) {
            thread = Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name(name).daemon().factory());
        }
        B full = buffer;
        thread.execute(() -> {
            workUnlessEnded(full);
            free.add(full);
        });
        buffer = next();
        // after that: a buffer that was not worked on comes back as it was
        rethrow();
    }

    private B next() throws InterruptedIOException {
        B done = free.poll();
        if (done != null) {
            return done;
        }
        if (made < BUFFERS) {
            made++;
            return maker.get();
        }
        try {
            return free.take();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while waiting for thread " + name);
    }

    private void workUnlessEnded(B full) {
        if (failure != null || closed) {
            return;
        }
        try {
            work.on(full);
        } catch (IOException | RuntimeException | Error e) {
            // whatever it is: a buffer that was passed over would be missing from what becomes of the stream
            failure = e;
        }
    }

    private void rethrow() throws IOException {
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("nothing else is thrown there", e);
        }
    }

    /** Whether the thread has met just this. */
    public boolean failedWith(Throwable met) {
        return met.equals(failure);
    }

    /**
     * Has the last buffer worked on, and waits until all is done.
     *
     * @throws IOException as {@link #handOver} does
     */
    public void finish() throws IOException {
        B last = buffer;
        if (thread == null) {
            work.on(last);
            return;
        }
        Future<?> done = thread.submit(() -> workUnlessEnded(last));
        try {
            done.get();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a failure is kept elsewhere", e);
        }
        rethrow();
    }

    /** Waits until the thread has ended, after the buffer that it is at. */
    @Override
    public void close() {
        closed = true;
        if (thread != null) {
            thread.close();
        }
    }
}
