package org.buildengine.solver.events;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a log, at its own pace. Used by one thread; {@link #close} is for that thread too. */
public final class LogReader implements Closeable {
    private static final int BUFFER = 1 << 16;

    private final EventLog log;
    /** Where it stops, whatever comes behind. */
    private final long limit;

    private @Nullable RandomAccessFile file;
    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);
    /** Of the next byte in the buffer. */
    private long position;

    private boolean atEnd;
    private boolean damaged;

    /** Of the events of frames that begin at {@code from}, or at the first, and end before {@code limit}, or come at all. */
    LogReader(EventLog log, long from, long limit) throws IOException {
        this.log = log;
        this.position = from;
        this.limit = limit;
        if (log.end() > 0) {
            file = open(log);
        }
    }

    private static RandomAccessFile open(EventLog log) throws IOException {
        return new RandomAccessFile(log.path().toFile(), "r");
    }

    /**
     * The next event. Empty at the end, and if nothing came within {@code patience}; {@link #atEnd} tells which.
     *
     * @throws IOException if the file cannot be read, or is of a version that is not known
     */
    public Optional<Event> next(Duration patience) throws IOException, InterruptedException {
        long end = limit == Long.MAX_VALUE ? log.awaitMore(position, atEnd ? Duration.ZERO : patience) : limit;
        if (position >= end || atEnd) {
            atEnd = atEnd || limit != Long.MAX_VALUE || log.endsAt(position);
            return Optional.empty();
        }
        if (position == 0) {
            readMagic(end);
            return next(patience);
        }
        Optional<Event> event = readFrame(end);
        atEnd = damaged = event.isEmpty();
        return event;
    }

    /** Where the frame of the next event begins. */
    long position() {
        return position;
    }

    /** Whether everything has been read that is going to come. */
    public boolean atEnd() {
        return atEnd;
    }

    /** Whether the end is one that a death of the machine left: a part of what was written is missing. */
    public boolean damaged() {
        return damaged;
    }

    private void readMagic(long end) throws IOException {
        var first = new byte[EventLog.MAGIC.length];
        if (!fill(first.length, end)) {
            atEnd = damaged = true;
            return;
        }
        buffer.get(first);
        position += first.length;
        if (!Arrays.equals(first, EventLog.MAGIC)) {
            throw new IOException(log.path() + " is a log of another version of the engine");
        }
    }

    private Optional<Event> readFrame(long end) throws IOException {
        if (!fill(Frame.HEAD, end)) {
            return Optional.empty();
        }
        Optional<Integer> length = Frame.length(buffer);
        if (length.isEmpty() || !fill(Frame.HEAD + length.get(), end)) {
            return Optional.empty();
        }
        Optional<Event> event = Frame.read(buffer);
        position += Frame.HEAD + length.get();
        return event;
    }

    /** Has {@code needed} bytes in the buffer; false if there are not so many before {@code end}. */
    private boolean fill(int needed, long end) throws IOException {
        if (buffer.remaining() >= needed) {
            return true;
        }
        if (end - position < needed) {
            return false;
        }
        if (file == null) {
            file = open(log);
        }
        int length = (int) Math.min(end - position, Math.max(needed, BUFFER));
        if (buffer.capacity() < length) {
            buffer = ByteBuffer.allocate(length);
        }
        file.seek(position);
        file.readFully(buffer.array(), 0, length);
        buffer.position(0).limit(length);
        return true;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }
}
