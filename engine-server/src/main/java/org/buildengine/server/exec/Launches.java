package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Keeps one {@link Launch} ready for the next execution, from the first execution on. It is made while the one before it
 * runs, so a chain of steps does not wait for processes to be started. Safe for several threads.
 */
final class Launches implements Closeable {
    private static final System.Logger LOG = System.getLogger(Launches.class.getName());
    private static final long DEADLINE_SECONDS = 30;

    private final Maker maker;
    private final Executor background;
    private Optional<CompletableFuture<Launch>> next = Optional.empty();
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
     */
    Launches(Maker maker, Executor background) {
        this.maker = maker;
        this.background = background;
    }

    /** The launch that is ready, or else a new one. The caller closes it. */
    Launch take() throws IOException {
        Optional<Launch> ready = ready();
        Launch taken = ready.isPresent() ? ready.get() : maker.make();
        prepareNext();
        return taken;
    }

    private Optional<Launch> ready() throws IOException {
        Optional<CompletableFuture<Launch>> making;
        synchronized (this) {
            making = next;
            next = Optional.empty();
        }
        Optional<Launch> made = making.flatMap(Launches::await);
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

    private void prepareNext() {
        var making = new CompletableFuture<Launch>();
        synchronized (this) {
            if (closed || next.isPresent()) {
                return;
            }
            next = Optional.of(making);
            background.execute(() -> prepare(making));
        }
    }

    private void prepare(CompletableFuture<Launch> making) {
        try {
            Launch launch = maker.make();
            if (!making.complete(launch)) {
                // Who waited for it has given up.
                launch.close();
            }
        } catch (IOException | RuntimeException e) {
            making.completeExceptionally(e);
        }
    }

    /** The name of the one that is ready, if there is one and nothing has ended it. */
    Optional<String> waiting() {
        Optional<CompletableFuture<Launch>> making;
        synchronized (this) {
            making = next;
        }
        return making.flatMap(Launches::await)
                .filter(Launch::waits)
                .map(launch -> launch.bundle().id());
    }

    /** Gives up what is ready, and makes nothing ahead any more. */
    @Override
    public void close() throws IOException {
        Optional<CompletableFuture<Launch>> making;
        synchronized (this) {
            closed = true;
            making = next;
            next = Optional.empty();
        }
        Optional<Launch> left = making.flatMap(Launches::await);
        if (left.isPresent()) {
            left.get().close();
        }
    }
}
