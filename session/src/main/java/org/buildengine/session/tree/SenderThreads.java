package org.buildengine.session.tree;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The threads that work for one sender besides the one that called it. The first failure of any of them stops the others
 * and becomes the result. Made and used by the calling thread.
 */
final class SenderThreads {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);

    private final Thread.Builder builder;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> helpers = new ArrayList<>();
    private final Thread caller = Thread.currentThread();

    /** Threads of the builder's kind. */
    SenderThreads(Thread.Builder builder) {
        this.builder = builder;
    }

    /** What a helper does until it is done or interrupted. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException, InterruptedException;
    }

    /** What the calling thread does meanwhile. */
    @FunctionalInterface
    interface Part<T> {
        T run() throws IOException, InterruptedException;
    }

    /** Starts a helper. */
    void start(String name, Step step) {
        Thread helper = builder.name("send tree: " + name).unstarted(() -> {
            try {
                step.run();
            } catch (InterruptedException stopped) {
                // The sender is done or failed; whoever interrupted knows why.
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException e) {
                if (failure.compareAndSet(null, e)) {
                    caller.interrupt();
                }
            }
        });
        helpers.add(helper);
        helper.start();
    }

    /**
     * Runs the calling thread's part and then stops the helpers.
     *
     * @throws IOException the first failure of any thread; one that is unchecked is thrown as it is
     */
    <T> T finish(Part<T> own) throws IOException, InterruptedException {
        try {
            T result = own.run();
            throwFailure();
            return result;
        } catch (InterruptedException e) {
            throwFailure();
            throw e;
        } catch (IOException | RuntimeException e) {
            failure.compareAndSet(null, e);
            throwFailure();
            throw e;
        } finally {
            stop();
        }
    }

    private void throwFailure() throws IOException {
        switch (failure.get()) {
            case null -> {}
            case IOException io -> throw io;
            case RuntimeException unchecked -> throw unchecked;
            case Throwable other -> throw new AssertionError("helpers catch nothing else", other);
        }
    }

    private void stop() {
        helpers.forEach(Thread::interrupt);
        long deadline = System.nanoTime() + STOP_LIMIT.toNanos();
        boolean interrupted = Thread.interrupted() && failure.get() == null;
        for (Thread helper : helpers) {
            try {
                var _ = helper.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                interrupted = failure.get() == null;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
