package org.buildengine.solver.events;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/**
 * What a run has printed from one moment to another, and where it lies: for who did not hear it then. Immutable.
 *
 * @param lost so many bytes came first, and are in no log
 * @param kept what is in a log; empty if nothing is
 * @param lostSince so many bytes came behind that, and are in no log
 */
public record PrintedOutput(long lost, Optional<Kept> kept, long lostSince) {
    /** Nothing was printed. */
    public static final PrintedOutput NOTHING = new PrintedOutput(0, Optional.empty(), 0);

    /**
     * A part of a log, which says itself what is missing in between.
     *
     * @param from of the frame of the first piece
     * @param to behind the last piece
     * @param bytes of all pieces
     */
    public record Kept(EventLog log, long from, long to, long bytes) {
        private static Kept of(OutputPiece.Place place, long length) {
            return new Kept(place.log(), place.offset() - Frame.OUTPUT, place.offset() + length, length);
        }

        private Kept and(OutputPiece.Place place, long length) {
            return new Kept(log, from, place.offset() + length, bytes + length);
        }
    }

    /** Who hears it now. */
    public interface Hearer {
        /** A piece; says whether more is wanted. */
        boolean printed(OutputPiece piece);

        /** So many bytes are missing here. */
        void lost(long bytes);
    }

    /** This, and the next piece of the run. */
    public PrintedOutput and(OutputPiece piece) {
        int length = piece.bytes().length;
        if (piece.place().isEmpty()) {
            return kept.isEmpty()
                    ? new PrintedOutput(lost + length, kept, 0)
                    : new PrintedOutput(lost, kept, lostSince + length);
        }
        OutputPiece.Place place = piece.place().get();
        // what was lost since is told by the log, before this piece
        return new PrintedOutput(
                lost,
                Optional.of(kept.map(before -> before.and(place, length)).orElseGet(() -> Kept.of(place, length))),
                0);
    }

    /**
     * Reads it again, in its order, as long as more is wanted. What cannot be read is told as missing.
     *
     * @throws IOException if the log cannot be read, after that was told
     */
    public void replay(Hearer hearer) throws IOException, InterruptedException {
        tellLost(lost, hearer);
        if (kept.isEmpty()) {
            return;
        }
        var counting = new Counting(hearer, kept.get().bytes());
        try {
            replay(kept.get(), counting);
        } finally {
            if (counting.wantsMore) {
                tellLost(counting.unheard + lostSince, hearer);
            }
        }
    }

    private static void tellLost(long bytes, Hearer hearer) {
        if (bytes > 0) {
            hearer.lost(bytes);
        }
    }

    private static void replay(Kept kept, Hearer hearer) throws IOException, InterruptedException {
        try (LogReader reader = kept.log().read(kept.from(), kept.to())) {
            Optional<Event> event = reader.next(Duration.ZERO);
            int run = event.map(Event::run).orElse(0);
            for (long at = kept.from(); event.isPresent(); event = reader.next(Duration.ZERO)) {
                if (event.get().run() == run && !tell(event.get(), kept.log(), at, hearer)) {
                    return;
                }
                at = reader.position();
            }
        }
    }

    private static boolean tell(Event event, EventLog log, long at, Hearer hearer) {
        return switch (event) {
            case Event.Printed printed -> {
                var place = new OutputPiece.Place(log, at + Frame.OUTPUT);
                yield hearer.printed(
                        new OutputPiece(printed.stream(), printed.at(), printed.bytes(), Optional.of(place)));
            }
            case Event.Lost missing -> {
                hearer.lost(missing.bytes());
                yield true;
            }
            case Event.Began _, Event.Ended _ -> true;
        };
    }

    /** Knows how much of what is kept has not been heard. */
    private static final class Counting implements Hearer {
        private final Hearer hearer;
        private long unheard;
        private boolean wantsMore = true;

        private Counting(Hearer hearer, long bytes) {
            this.hearer = hearer;
            this.unheard = bytes;
        }

        @Override
        public boolean printed(OutputPiece piece) {
            unheard -= piece.bytes().length;
            wantsMore = hearer.printed(piece);
            return wantsMore;
        }

        @Override
        public void lost(long bytes) {
            hearer.lost(bytes);
        }
    }
}
