package org.buildengine.solver.events;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where one run writes what it prints: the log that it {@linkplain EventLog#keep is given}. Writing never fails: what cannot be written,
 * or comes while there is no log, is counted, and the count is written as soon as it can be. Used by one thread at a time, but
 * for the gift of a log, which is for any thread.
 */
public final class RunLog {
    private static final byte[] NOTHING = {};

    private final InstantSource clock;
    private final OutputText stdout = new OutputText(Frame.MOST_OUTPUT);
    private final OutputText stderr = new OutputText(Frame.MOST_OUTPUT);
    private boolean begun;
    private long lost;

    /** Guards what follows; never held while a file is touched. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable Home home;
    private boolean ended;

    private record Home(EventLog log, Event.Began beginning) {}

    /** Of a run that no build claims yet: only cuts what it prints. */
    public RunLog(InstantSource clock) {
        this.clock = clock;
    }

    /** Lets the output go to a log from now on; false if the run has ended. */
    boolean goesTo(EventLog log, Event.Began beginning) {
        lock.lock();
        try {
            home = ended ? null : new Home(log, beginning);
            return !ended;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Home home() {
        lock.lock();
        try {
            return home;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the run; where its output went, if that was anywhere and it had not ended before. */
    private @Nullable Home leave() {
        lock.lock();
        try {
            Home left = home;
            home = null;
            ended = true;
            return left;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes what the run printed.
     *
     * @param stream 1 for standard output, 2 for standard error
     * @return what is to be passed on; a character that is not whole yet comes with the next piece
     */
    public List<OutputPiece> add(int stream, byte[] bytes) {
        return kept(stream, (stream == 2 ? stderr : stdout).append(bytes));
    }

    /** What is left of unfinished characters when the run prints no more. */
    public List<OutputPiece> finish() {
        var last = new ArrayList<>(kept(1, stdout.end()));
        last.addAll(kept(2, stderr.end()));
        return last;
    }

    private List<OutputPiece> kept(int stream, List<byte[]> pieces) {
        if (pieces.size() == 1) {
            return List.of(kept(stream, pieces.getFirst()));
        }
        return pieces.stream().map(piece -> kept(stream, piece)).toList();
    }

    private OutputPiece kept(int stream, byte[] bytes) {
        Instant at = clock.instant();
        Home to = home();
        long start =
                to == null ? -1 : write(to, new Event.Printed(to.beginning().run(), at, stream, bytes));
        if (to == null || start < 0) {
            lost += bytes.length;
            return new OutputPiece(stream, at, bytes, Optional.empty());
        }
        return new OutputPiece(stream, at, bytes, Optional.of(new OutputPiece.Place(to.log(), start + Frame.OUTPUT)));
    }

    /**
     * Writes an event and what has to come first, all or nothing: a little room may be left on a full disk, and what says that something is
     * lost would fill it.
     *
     * @return where the frame of the event begins; negative if it could not be written
     */
    private long write(Home to, Event event) {
        byte[] before = owed(to.beginning(), event.at());
        byte[] frame = Frame.of(event);
        long start = to.log().append(to.beginning(), before.length == 0 ? frame : joined(before, frame));
        if (start < 0) {
            return start;
        }
        begun = true;
        lost = 0;
        return start + before.length;
    }

    /** What is to be written before anything else can be. */
    private byte[] owed(Event.Began first, Instant at) {
        byte[] began = begun ? NOTHING : Frame.of(first);
        return lost == 0 ? began : joined(began, Frame.of(new Event.Lost(first.run(), at, lost)));
    }

    private static byte[] joined(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    /** Ends the run; the second time nothing happens. */
    public void end(Ending ending, Duration took) {
        Home last = leave();
        if (last != null) {
            write(last, new Event.Ended(last.beginning().run(), clock.instant(), ending, took));
            last.log().ended();
        }
    }
}
