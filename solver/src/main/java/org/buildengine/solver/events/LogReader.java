package org.buildengine.solver.events;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Reads a log, at its own pace. Used by one thread; {@link #close} is for that thread too. */
public final class LogReader implements Closeable {
    private static final int BUFFER = 1 << 16;

    /** So much is read behind a long frame that was passed over: the next one may be as long, and be passed over too. */
    private static final int LOOK = 1 << 9;

    private final EventLog log;
    /** Where it stops, whatever comes behind. */
    private final long limit;

    /** Which runs are read; empty for whatever comes. */
    private final Optional<Predicate<Event.Began>> choice;

    private final Set<Integer> chosen = new HashSet<>();
    private @Nullable LogFile file;
    private ByteBuffer buffer = ByteBuffer.allocate(BUFFER).limit(0);
    /** Of the next byte in the buffer. */
    private long position;
    /** Whether the frame before that was a long one that was passed over. */
    private boolean passing;

    private boolean atEnd;
    private boolean damaged;

    /**
     * Of the events of frames that begin at {@code from}, or at the first, and end before {@code limit}, or come at all.
     *
     * @param choice which runs are read, if not all; of the others, frames are passed over unread, but for their heads
     */
    LogReader(EventLog log, Optional<Predicate<Event.Began>> choice, long from, long limit) throws IOException {
        this.log = log;
        this.choice = choice;
        this.position = from;
        this.limit = limit;
        if (log.end() > 0) {
            file = log.open();
        }
    }

    /**
     * The next event. Empty at the end, and if nothing came within {@code patience}, or nothing of the runs that are read; {@link #atEnd}
     * tells whether it is the end.
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
        return nextBefore(end);
    }

    private Optional<Event> nextBefore(long end) throws IOException {
        while (position < end) {
            Optional<Integer> length = frame(end);
            if (length.isEmpty()) {
                atEnd = damaged = true;
                return Optional.empty();
            }
            if (isUnwanted()) {
                pass(length.get());
                continue;
            }
            Optional<Event> event = read(length.get(), end);
            if (event.isEmpty() || !(event.get() instanceof Event.Began began) || choose(began)) {
                atEnd = damaged = event.isEmpty();
                return event;
            }
        }
        return Optional.empty();
    }

    private boolean choose(Event.Began began) {
        return choice.isEmpty() || (choice.get().test(began) && chosen.add(began.run()));
    }

    /** Whether the frame that the buffer goes on with belongs to a run that was not chosen. */
    private boolean isUnwanted() {
        return choice.isPresent() && !Frame.begins(buffer) && !chosen.contains(Frame.run(buffer));
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

    /** The length of the frame that begins here, of which the beginning is in the buffer then; empty if it is not whole. */
    private Optional<Integer> frame(long end) throws IOException {
        if (!fill(Frame.SHORTEST, end)) {
            return Optional.empty();
        }
        return Frame.length(buffer).map(rest -> Frame.HEAD + rest).filter(length -> length <= end - position);
    }

    private Optional<Event> read(int length, long end) throws IOException {
        boolean whole = fill(length, end);
        position += length;
        passing = false;
        return whole ? Frame.read(buffer) : Optional.empty();
    }

    private void pass(int length) {
        buffer.position(Math.min(buffer.limit(), buffer.position() + length));
        position += length;
        passing = length > BUFFER / 2;
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
            file = log.open();
        }
        int length = (int) Math.min(end - position, Math.max(needed, passing ? LOOK : BUFFER));
        if (buffer.capacity() < length) {
            buffer = ByteBuffer.allocate(length);
        }
        file.read(position, buffer.array(), length);
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
