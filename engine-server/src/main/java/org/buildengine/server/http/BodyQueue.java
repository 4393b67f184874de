package org.buildengine.server.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A body on its way from the event loop, which offers pieces, to the handler's thread, which reads them. Wants a pause when
 * more than a window waits. Pieces that nobody will read are released at once.
 */
final class BodyQueue extends InputStream {
    private final int window;
    private final Duration stall;
    private final Runnable pauseChanged;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>();
    private long waiting;
    private boolean paused;
    private boolean complete;
    private long completedAt;
    private boolean discarding;
    private boolean gone;
    private @Nullable Malformed malformed;

    /**
     * An empty queue.
     *
     * @param window so many bytes may wait
     * @param stall how long a reader waits for more
     * @param pauseChanged called when the queue is full, and when it has room again, by whoever made it so; the two may overtake
     *     each other, so what counts is {@link #wantsPause} at the time
     */
    BodyQueue(int window, Duration stall, Runnable pauseChanged) {
        this.window = window;
        this.stall = stall;
        this.pauseChanged = pauseChanged;
    }

    /** Takes a piece over. On the event loop. */
    void offer(ByteBuf piece, boolean last) {
        boolean full = false;
        lock.lock();
        try {
            if (last && !complete) {
                complete = true;
                completedAt = System.nanoTime();
            }
            if (discarding || gone || !piece.isReadable()) {
                piece.release();
            } else {
                pieces.add(piece);
                waiting += piece.readableBytes();
                full = waiting > window && !paused && !complete;
                paused |= full;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (full) {
            pauseChanged.run();
        }
    }

    /** Whether nothing more should be offered for the moment. */
    boolean wantsPause() {
        lock.lock();
        try {
            return paused;
        } finally {
            lock.unlock();
        }
    }

    /** The peer is gone: readers fail, what waits is released. */
    void abort() {
        lock.lock();
        try {
            gone = true;
            drop();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What comes next is no body: readers fail once they have what came before. */
    void fail(Malformed why) {
        lock.lock();
        try {
            malformed = why;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether all of the body has arrived. */
    boolean isComplete() {
        lock.lock();
        try {
            return complete;
        } finally {
            lock.unlock();
        }
    }

    /** When the last byte arrived, as {@link System#nanoTime} counts; empty before. */
    OptionalLong completedAt() {
        lock.lock();
        try {
            return complete ? OptionalLong.of(completedAt) : OptionalLong.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Throws away what comes, and waits for the end of the body for at most {@code patience}; says whether it came. */
    boolean discard(Duration patience) throws InterruptedException {
        boolean resume;
        lock.lock();
        try {
            discarding = true;
            drop();
            resume = paused;
            paused = false;
        } finally {
            lock.unlock();
        }
        if (resume) {
            pauseChanged.run();
        }
        lock.lockInterruptibly();
        try {
            long left = patience.toNanos();
            while (!complete && !gone && malformed == null && left > 0) {
                left = changed.awaitNanos(left);
            }
            return complete;
        } finally {
            lock.unlock();
        }
    }

    private void drop() {
        pieces.forEach(ByteBuf::release);
        pieces.clear();
        waiting = 0;
    }

    @Override
    public int read() throws IOException {
        var one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        boolean resume;
        int count;
        lock.lock();
        try {
            ByteBuf piece = next();
            if (piece == null) {
                return -1;
            }
            count = Math.min(length, piece.readableBytes());
            piece.readBytes(target, offset, count);
            waiting -= count;
            if (!piece.isReadable()) {
                pieces.remove();
                piece.release();
            }
            resume = paused && waiting <= window / 2;
            if (resume) {
                paused = false;
            }
        } finally {
            lock.unlock();
        }
        if (resume) {
            pauseChanged.run();
        }
        return count;
    }

    private @Nullable ByteBuf next() throws IOException {
        long left = stall.toNanos();
        while (pieces.isEmpty() && !complete) {
            if (gone) {
                throw new IOException("the peer went away before the end of its request");
            }
            if (malformed != null) {
                throw new RequestBodyException(malformed.status(), malformed.reason());
            }
            if (left <= 0) {
                throw new IOException("the peer sent nothing of its request for " + stall.toSeconds() + " s");
            }
            try {
                left = changed.awaitNanos(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException("given up while reading a request").initCause(e);
            }
        }
        if (gone) {
            throw new IOException("the peer went away while its request was read");
        }
        return pieces.peek();
    }
}
