package org.buildengine.solver.events;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where one run writes what it prints. Writing never fails: what cannot be written is counted, and the count is written as soon
 * as it can be. Used by one thread at a time.
 */
public final class RunLog {
    private static final byte[] NOTHING = {};

    private final @Nullable EventLog log;
    private final Event.@Nullable Began beginning;
    private final InstantSource clock;
    private final OutputText stdout = new OutputText(Frame.MOST_OUTPUT);
    private final OutputText stderr = new OutputText(Frame.MOST_OUTPUT);
    private boolean begun;
    private boolean ended;
    private long lost;

    private RunLog(@Nullable EventLog log, Event.@Nullable Began beginning, InstantSource clock) {
        this.log = log;
        this.beginning = beginning;
        this.clock = clock;
    }

    static RunLog in(EventLog log, Event.Began beginning, InstantSource clock) {
        return new RunLog(log, beginning, clock);
    }

    /** Of a run that no build claims: only cuts what it prints. */
    public static RunLog unkept(InstantSource clock) {
        return new RunLog(null, null, clock);
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
        if (log == null || beginning == null) {
            return new OutputPiece(stream, at, bytes, Optional.empty());
        }
        long start = write(log, beginning, new Event.Printed(beginning.run(), at, stream, bytes));
        if (start < 0) {
            lost += bytes.length;
            return new OutputPiece(stream, at, bytes, Optional.empty());
        }
        return new OutputPiece(stream, at, bytes, Optional.of(new OutputPiece.Place(log, start + Frame.OUTPUT)));
    }

    /**
     * Writes an event and what has to come first, all or nothing: a little room may be left on a full disk, and what says that something is
     * lost would fill it.
     *
     * @return where the frame of the event begins; negative if it could not be written
     */
    private long write(EventLog to, Event.Began first, Event event) {
        byte[] before = owed(first, event.at());
        byte[] frame = Frame.of(event);
        long start = to.append(first, before.length == 0 ? frame : joined(before, frame));
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
        if (log == null || beginning == null || ended) {
            return;
        }
        ended = true;
        write(log, beginning, new Event.Ended(beginning.run(), clock.instant(), ending, took));
        log.ended();
    }
}
