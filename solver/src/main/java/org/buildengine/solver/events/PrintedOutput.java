package org.buildengine.solver.events;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a run has printed up to some moment, as far as it is in a log: for who joins the run later. Immutable.
 *
 * @param from of the frame of the first piece
 * @param to behind the last piece
 */
public record PrintedOutput(EventLog log, long from, long to) {
    /** What {@code before} is, and one more piece; null if no piece of the run is in a log. */
    public static @Nullable PrintedOutput and(@Nullable PrintedOutput before, OutputPiece piece) {
        if (piece.place().isEmpty()) {
            return before;
        }
        OutputPiece.Place place = piece.place().get();
        long from = before == null ? place.offset() - Frame.OUTPUT : before.from;
        return new PrintedOutput(place.log(), from, place.offset() + piece.bytes().length);
    }

    /**
     * Reads the pieces again, in their order, as long as the listener wants more.
     *
     * @param listener takes a piece, and says whether it wants more
     * @throws IOException if the log cannot be read
     */
    public void replay(Predicate<OutputPiece> listener) throws IOException, InterruptedException {
        try (LogReader reader = log.read(from, to)) {
            Optional<Event> event = reader.next(Duration.ZERO);
            int run = event.map(Event::run).orElse(0);
            for (long at = from; event.isPresent(); event = reader.next(Duration.ZERO)) {
                if (event.get() instanceof Event.Printed printed
                        && printed.run() == run
                        && !listener.test(piece(printed, at + Frame.OUTPUT))) {
                    return;
                }
                at = reader.position();
            }
        }
    }

    private OutputPiece piece(Event.Printed printed, long offset) {
        return new OutputPiece(
                printed.stream(), printed.at(), printed.bytes(), Optional.of(new OutputPiece.Place(log, offset)));
    }
}
