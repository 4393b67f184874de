package org.buildengine.session.tree;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * The common half of both ends of a gRPC stream: callbacks fill a short queue, blocking callers empty it. The transport is
 * asked for one more message whenever one is taken, so at most {@value #PREFETCH} wait here.
 *
 * <p>The lock is held only for state changes and for handing a message to gRPC, which queues it without blocking.
 */
abstract class BlockingStream<I, O> implements MessageStream<I, O> {
    /** Messages on their way to the reader; 32 KiB each for file contents. */
    static final int PREFETCH = 16;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<I> inbox = new ArrayDeque<>();
    private final Duration patience;
    private final CallWatch watch = CallWatch.current();
    private boolean ended;
    private @Nullable IOException failure;

    /** @param patience how long the peer may stay silent, or not take anything, before the stream fails */
    BlockingStream(Duration patience) {
        this.patience = patience;
    }

    /** Whether the transport takes a message without queueing much. */
    abstract boolean transportReady();

    /** Queues a message in the transport. */
    abstract void send(O message);

    /** Allows the peer this many more messages. */
    abstract void requestMore(int count);

    @Override
    public Optional<I> read() throws IOException, InterruptedException {
        return read(patience);
    }

    private Optional<I> read(Duration limit) throws IOException, InterruptedException {
        I message;
        lock.lockInterruptibly();
        try {
            long left = limit.toNanos();
            while (inbox.isEmpty()) {
                throwIfFailed();
                if (ended) {
                    return Optional.empty();
                }
                throwIfLate(left, limit, "sent nothing");
                watch.waits(Duration.ofNanos(left));
                left = changed.awaitNanos(left);
            }
            message = inbox.remove();
        } finally {
            watch.goesOn();
            lock.unlock();
        }
        requestMore(1);
        return Optional.of(message);
    }

    @Override
    public void write(O message) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            throwIfFailed();
            while (!transportReady()) {
                throwIfLate(left, patience, "took nothing");
                watch.waits(Duration.ofNanos(left));
                left = changed.awaitNanos(left);
                throwIfFailed();
            }
            send(message);
        } finally {
            watch.goesOn();
            lock.unlock();
        }
    }

    @Override
    public void writeNow(O message) throws IOException {
        lock.lock();
        try {
            throwIfFailed();
            send(message);
        } finally {
            lock.unlock();
        }
    }

    /** Waits until the peer has ended the stream, dropping what it still says. */
    final void awaitEnd(Duration limit) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        boolean open = true;
        while (open) {
            open = read(Duration.ofNanos(deadline - System.nanoTime())).isPresent();
        }
    }

    final void arrived(I message) {
        lock.lock();
        try {
            inbox.add(message);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    final void endedByPeer() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    final void failed(IOException why) {
        lock.lock();
        try {
            if (failure == null) {
                failure = why;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    final void becameReady() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void throwIfLate(long nanos, Duration limit, String what) throws HostException {
        if (nanos <= 0) {
            throw new HostException(Reason.TIMEOUT, "the peer " + what + " within " + limit.toSeconds() + " s");
        }
    }

    private void throwIfFailed() throws IOException {
        IOException why = failure;
        if (why != null) {
            throw why instanceof HostException known
                    ? new HostException(known.reason(), String.valueOf(known.getMessage()), known)
                    : new IOException(why.getMessage(), why);
        }
    }
}
