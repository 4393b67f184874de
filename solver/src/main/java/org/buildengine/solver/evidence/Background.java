package org.buildengine.solver.evidence;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One thread that does what is queued, in order, and something after all that is queued, or after a number of tasks. It begins a
 * moment after the first, so that what is queued one by one is done together, which costs less. What fails is logged, and does not keep the next one.
 */
final class Background implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Background.class.getName());
    private static final int QUEUE = 4096;

    /** How long {@link #settle} usually waits. */
    static final Duration USUAL = Duration.ofSeconds(30);

    private final BlockingQueue<Task> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Duration deadline;
    private final Duration gathering;
    private final int together;
    private final Task after;
    private final Thread thread;

    /** Permits for the thread to begin with what is queued by now. */
    private final Semaphore hurry = new Semaphore(0);

    private volatile boolean closed;

    /** Something to be done. */
    @FunctionalInterface
    interface Task {
        void run() throws IOException;
    }

    /**
     * A thread that waits for tasks.
     *
     * @param deadline how long {@link #settle} waits
     * @param gathering how long after the first task the thread begins, unless somebody is in a hurry
     * @param together after so many tasks {@code after} runs, though more are queued
     */
    Background(String name, Duration deadline, Duration gathering, int together, Task after) {
        this.deadline = deadline;
        this.gathering = gathering;
        this.together = together;
        this.after = after;
        this.thread = Thread.ofPlatform().name(name).daemon().start(this::run);
    }

    /** Queues a task; waits while the queue is full. */
    void add(Task task) {
        boolean interrupted = false;
        while (!closed) {
            try {
                if (queue.offer(task, 1, TimeUnit.SECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (queue.size() > QUEUE / 2) {
            hurry();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets the thread begin at once with what is queued. */
    void hurry() {
        hurry.release();
    }

    /**
     * Waits until all is done that was queued before, and what is to be done after it.
     *
     * @throws IOException if that takes too long, or what is to be done after it fails
     */
    void settle() throws IOException {
        var done = new CompletableFuture<Void>();
        add(() -> {
            try {
                after.run();
                done.complete(null);
            } catch (IOException | RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        hurry();
        try {
            if (!closed) {
                var _ = done.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (TimeoutException e) {
            throw new IOException(
                    "the evidence of builds is still being written after " + deadline.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException("the evidence of builds cannot be written: " + cause.getMessage(), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the evidence of builds was written", e);
        }
    }

    private void run() {
        while (!closed) {
            try {
                Task first = queue.take();
                var _ = hurry.tryAcquire(gathering.toNanos(), TimeUnit.NANOSECONDS);
                hurry.drainPermits();
                attemptAll(first);
            } catch (InterruptedException e) {
                // Sent by close(): look at the flag.
            }
        }
    }

    private void attemptAll(Task first) {
        int done = 0;
        for (Task next = first; next != null && !closed; next = queue.poll()) {
            attempt(next);
            done++;
            if (done >= together || queue.isEmpty()) {
                attempt(after);
                done = 0;
            }
        }
    }

    private static void attempt(Task task) {
        try {
            task.run();
        } catch (IOException | RuntimeException | Error e) {
            // without this thread builds would wait for ever, once the queue is full
            LOG.log(Level.WARNING, "evidence of a build was not written", e);
        }
    }

    /** Ends the thread; what is queued is not done any more. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
