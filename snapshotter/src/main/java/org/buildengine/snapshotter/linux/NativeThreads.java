package org.buildengine.snapshotter.linux;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.delay.Delays;

/**
 * Platform threads for calls that can block in the kernel. A virtual thread hands its work over and parks; a platform
 * thread does it itself, so work that is already here never waits for a second thread of the pool. The threads are
 * daemons, shared by the process, and idle ones cost only their stacks.
 */
public final class NativeThreads {
    /** Beyond this a file system does not answer any more, and the caller is better off with an error. */
    private static final long DEADLINE_MINUTES = 30;

    private static final ExecutorService POOL = Executors.newFixedThreadPool(
            Math.max(4, 2 * Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().name("fs-", 0).daemon().factory());

    private NativeThreads() {}

    /** The pool, for code that already speaks in executors. */
    public static Executor executor() {
        return POOL;
    }

    /**
     * Runs {@code work} on a platform thread and waits for it. An interrupt does not cut the wait short, since half a
     * mount helps nobody; it is set again afterwards.
     *
     * @throws IOException what the work threw, or that there was no answer within half an hour
     */
    public static <T> T run(Callable<T> work) throws IOException {
        if (!Thread.currentThread().isVirtual()) {
            try {
                return work.call();
            } catch (Exception e) {
                throw asIo(e);
            }
        }
        Optional<Waiter> caller = Delays.caller();
        Future<T> future = POOL.submit(caller.isEmpty() ? work : () -> Delays.of(caller.get(), work::call));
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(DEADLINE_MINUTES);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (TimeoutException e) {
            throw new IOException(
                    "the file system has not answered for " + DEADLINE_MINUTES + " minutes; is its device alive?", e);
        } catch (ExecutionException e) {
            throw asIo(e.getCause() == null ? e : e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static IOException asIo(Throwable failure) {
        return switch (failure) {
            case IOException io -> io;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> new IOException(failure);
        };
    }
}
