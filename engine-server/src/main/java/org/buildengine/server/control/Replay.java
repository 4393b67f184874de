package org.buildengine.server.control;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.solver.events.Event;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.LogReader;

/** Sends what some runs of a log printed. Used by one thread. */
final class Replay {
    /** How often it is looked whether the caller is still there while nothing comes. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final EventLog log;
    private final Extent extent;
    private final Choice choice;
    private final PacedStream<LogPart> caller;
    private final Set<Integer> open = new HashSet<>();
    private boolean chosen;
    private boolean ended;
    private boolean complained;

    /** Which runs are sent. */
    interface Choice {
        /** The messages for the beginning of a run; none if it is left out. */
        List<LogPart> of(Event.Began began) throws IOException;
    }

    /** How much is sent, if what comes is awaited. */
    enum Extent {
        /** All that comes until the end of the log. */
        BUILD,
        /** What comes until a run that was chosen has ended. */
        STEP
    }

    Replay(EventLog log, Extent extent, Choice choice, PacedStream<LogPart> caller) {
        this.log = log;
        this.extent = extent;
        this.choice = choice;
        this.caller = caller;
    }

    /** Sends what is there; says whether a run was chosen. */
    boolean send() throws IOException, InterruptedException {
        // asked first: a log that is written while it is read has an end that nobody cut
        boolean whole = log.done();
        try (LogReader reader = log.read()) {
            while (!reader.atEnd() && caller.isWanted()) {
                Optional<Event> event = reader.next(Duration.ZERO);
                if (event.isPresent()) {
                    pass(event.get());
                }
            }
            conclude(reader, whole);
            return chosen;
        }
    }

    /** Sends what is there and what comes; says whether a run was chosen. */
    boolean follow() throws IOException, InterruptedException {
        try (LogReader reader = log.follow()) {
            while (!reader.atEnd() && caller.isWanted()) {
                boolean enough = ended && extent == Extent.STEP;
                Optional<Event> event = reader.next(enough ? Duration.ZERO : PATIENCE);
                if (event.isPresent()) {
                    pass(event.get());
                } else if (enough) {
                    return chosen;
                } else {
                    complain();
                }
            }
            conclude(reader, log.done());
            return chosen;
        }
    }

    private void conclude(LogReader reader, boolean whole) throws InterruptedException {
        if (extent == Extent.BUILD || !open.isEmpty()) {
            complain();
        }
        if (reader.damaged() || (whole && !open.isEmpty())) {
            caller.send(LogMessages.cut());
        }
    }

    /** Says, if it is so and was not said yet, that more was printed than could be written. */
    void complain() throws InterruptedException {
        Optional<String> failure = complained ? Optional.empty() : log.failure();
        if (failure.isPresent()) {
            complained = true;
            caller.send(LogMessages.unwritten(failure.get()));
        }
    }

    private void pass(Event event) throws IOException, InterruptedException {
        if (event instanceof Event.Began began) {
            List<LogPart> messages = choice.of(began);
            if (!messages.isEmpty()) {
                chosen = true;
                open.add(began.run());
            }
            for (LogPart message : messages) {
                caller.send(message);
            }
        } else if (open.contains(event.run())) {
            caller.send(LogMessages.of(event));
            if (event instanceof Event.Ended) {
                ended = true;
                open.remove(event.run());
            }
        }
    }
}
