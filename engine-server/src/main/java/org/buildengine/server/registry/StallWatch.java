package org.buildengine.server.registry;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Breaks reads that stand still, which the HTTP client itself would let wait for ever. */
final class StallWatch implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StallWatch.class.getName());

    /** A read that can stand still. */
    interface Watched {
        /** When it last got on, by {@link System#nanoTime}. */
        long lastProgress();

        /** Ends the read that is under way with an error. */
        void breakOff();
    }

    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("download-stalls").factory());
    private final long deadlineNanos;
    private final ScheduledFuture<?> checks;

    StallWatch(Duration deadline) {
        deadlineNanos = deadline.toNanos();
        long every = Math.max(1, deadline.toMillis() / 4);
        checks = clock.scheduleWithFixedDelay(this::check, every, every, TimeUnit.MILLISECONDS);
    }

    void add(Watched read) {
        watched.add(read);
    }

    void remove(Watched read) {
        watched.remove(read);
    }

    /** {@code stream}, whose reads end with an error when they stand still. */
    InputStream watch(InputStream stream) {
        var body = new Body(stream);
        add(body);
        return body;
    }

    private final class Body extends FilterInputStream implements Watched {
        private volatile long lastProgress = System.nanoTime();

        Body(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            lastProgress = System.nanoTime();
            return in.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            lastProgress = System.nanoTime();
            return in.read(into, offset, length);
        }

        @Override
        public long lastProgress() {
            return lastProgress;
        }

        @Override
        public void breakOff() {
            try {
                in.close();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.DEBUG, "closing a stalled answer", e);
            }
        }

        @Override
        public void close() throws IOException {
            remove(this);
            in.close();
        }
    }

    private void check() {
        long now = System.nanoTime();
        for (Watched read : watched) {
            if (now - read.lastProgress() > deadlineNanos) {
                read.breakOff();
            }
        }
    }

    @Override
    public void close() {
        checks.cancel(false);
        clock.shutdown();
    }
}
