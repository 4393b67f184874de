package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Keeps {@link Launch}es ready for the next executions, from the first execution on: one, and one more for each execution
 * that found none, up to sixteen, so that many steps that become ready at once find as many. They are made one after the
 * other while processors are left, never when the executions that run need them. After a while without an
 * execution one stays. Safe for several threads.
 */
final class Launches implements Closeable {
    private static final System.Logger LOG = System.getLogger(Launches.class.getName());
    private static final long DEADLINE_SECONDS = 30;
    private static final int MOST = 16;
    private static final int FEW = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private final Maker maker;
    private final Executor background;
    private final Duration idle;

    /** Those that are ready, and at the end perhaps one that is being made. */
    private final Deque<CompletableFuture<Launch>> next = new ArrayDeque<>();

    private int wanted = 1;

    /** Executions that took one and have not been cleared away. */
    private int running;

    private long lastTaken;
    private boolean watched;
    private boolean closed;

    /** Makes a launch. */
    @FunctionalInterface
    interface Maker {
        Launch make() throws IOException;
    }

    /**
     * Keeps nothing yet.
     *
     * @param background runs the maker ahead of the next execution
     * @param idle after so long without an execution one stays
     */
    Launches(Maker maker, Executor background, Duration idle) {
        this.maker = maker;
        this.background = background;
        this.idle = idle;
    }

    /** A launch that is ready, or else a new one. The caller closes it. */
    Launch take() throws IOException {
        Optional<CompletableFuture<Launch>> first = begin();
        try {
            Optional<Launch> ready = first.isPresent() ? waiting(first.get()) : Optional.empty();
            Launch taken = ready.isPresent() ? ready.get() : maker.make();
            taken.whenClosed(this::end);
            refill();
            return taken;
        } catch (IOException | RuntimeException e) {
            end();
            throw e;
        }
    }

    private synchronized Optional<CompletableFuture<Launch>> begin() {
        running++;
        lastTaken = System.nanoTime();
        if (next.isEmpty()) {
            wanted = Math.min(MOST, wanted + 1);
        }
        return Optional.ofNullable(next.poll());
    }

    private void end() {
        synchronized (this) {
            running--;
        }
        refill();
    }

    /** What was made, unless making it failed or something has ended it. */
    private static Optional<Launch> waiting(CompletableFuture<Launch> making) throws IOException {
        Optional<Launch> made = await(making);
        if (made.isPresent() && !made.get().waits()) {
            made.get().close();
            return Optional.empty();
        }
        return made;
    }

    private static Optional<Launch> await(CompletableFuture<Launch> making) {
        try {
            return Optional.of(
                    making.orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join());
        } catch (CompletionException e) {
            LOG.log(System.Logger.Level.DEBUG, "nothing could be made ready for the next execution", e);
            return Optional.empty();
        }
    }

    /** Makes one more, if more are wanted and processors are left. */
    private void refill() {
        var another = new CompletableFuture<Launch>();
        synchronized (this) {
            CompletableFuture<Launch> last = next.peekLast();
            boolean making = last != null && !last.isDone();
            if (closed || making || running > FEW || next.size() >= wanted) {
                return;
            }
            next.add(another);
            watch();
            background.execute(() -> prepare(another));
        }
    }

    private void prepare(CompletableFuture<Launch> making) {
        try {
            Launch launch = maker.make();
            if (!making.complete(launch)) {
                // Who waited for it has given up.
                launch.close();
            }
            refill();
        } catch (IOException | RuntimeException e) {
            making.completeExceptionally(e);
        }
    }

    /** Looks in a while whether what is ready is still wanted. */
    private synchronized void watch() {
        if (next.size() > 1 && !watched && !closed) {
            watched = true;
            CompletableFuture.delayedExecutor(idle.toNanos(), TimeUnit.NANOSECONDS, background)
                    .execute(this::giveUpIdle);
        }
    }

    private void giveUpIdle() {
        var surplus = new ArrayList<CompletableFuture<Launch>>();
        synchronized (this) {
            watched = false;
            if (System.nanoTime() - lastTaken >= idle.toNanos()) {
                wanted = 1;
                while (next.size() > wanted) {
                    surplus.add(next.removeLast());
                }
            }
            watch();
        }
        try {
            close(surplus);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "what was made ready for an execution is not quite gone", e);
        }
    }

    private static void close(List<CompletableFuture<Launch>> unused) throws IOException {
        for (CompletableFuture<Launch> each : unused) {
            Optional<Launch> launch = await(each);
            if (launch.isPresent()) {
                launch.get().close();
            }
        }
    }

    /** The names of those that are ready and that nothing has ended. */
    List<String> waiting() throws IOException {
        List<CompletableFuture<Launch>> made;
        synchronized (this) {
            made = List.copyOf(next);
        }
        var waiting = new ArrayList<String>();
        for (CompletableFuture<Launch> each : made) {
            Optional<Launch> launch = await(each);
            if (launch.isPresent() && launch.get().waits()) {
                waiting.add(launch.get().bundle().id());
            }
        }
        return waiting;
    }

    /** Gives up what is ready, and makes nothing ahead any more. */
    @Override
    public void close() throws IOException {
        List<CompletableFuture<Launch>> unused;
        synchronized (this) {
            closed = true;
            unused = List.copyOf(next);
            next.clear();
        }
        close(unused);
    }
}
