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
    private static final long LONGEST_PAUSE_MILLIS = 1000;

    /** A read that can stand still. */
    interface Watched {
        /** Whether its time is over at this moment of {@link System#nanoTime}. */
        boolean overdue(long now);

        /** Ends the read that is under way with an error. */
        void breakOff();
    }

    private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("download-stalls").factory());
    private final Duration limit;
    private final ScheduledFuture<?> checks;

    StallWatch(Duration limit) {
        this.limit = limit;
        long every = Math.clamp(limit.toMillis() / 4, 1, LONGEST_PAUSE_MILLIS);
        checks = clock.scheduleWithFixedDelay(this::check, every, every, TimeUnit.MILLISECONDS);
    }

    /** How long a download may stand still. */
    Duration limit() {
        return limit;
    }

    void add(Watched read) {
        watched.add(read);
    }

    void remove(Watched read) {
        watched.remove(read);
    }

    /** {@code stream}, whose reads end at the deadline with a {@link NoAnswerException} that says {@code late}. */
    InputStream watch(InputStream stream, Deadline deadline, String late) {
        var body = new Body(stream, deadline, late);
        add(body);
        return body;
    }

    private final class Body extends FilterInputStream implements Watched {
        private final Deadline deadline;
        private final String late;
        private volatile boolean broken;

        Body(InputStream in, Deadline deadline, String late) {
            super(in);
            this.deadline = deadline;
            this.late = late;
        }

        @Override
        public int read() throws IOException {
            try {
                return in.read();
            } catch (IOException e) {
                throw explained(e);
            }
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return in.read(into, offset, length);
            } catch (IOException e) {
                throw explained(e);
            }
        }

        private IOException explained(IOException e) {
            return broken ? new NoAnswerException(late, e) : e;
        }

        @Override
        public boolean overdue(long now) {
            return deadline.atNanos() - now <= 0;
        }

        @Override
        public void breakOff() {
            broken = true;
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
            if (read.overdue(now)) {
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
