package org.buildengine.server.control;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.solver.events.Event;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.LogReader;

/** Sends what some runs of a log printed. Used by one thread. */
final class Replay {
    /** How often it is looked whether the caller is still there while nothing comes. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final EventLog log;
    private final Choice choice;
    private final PacedStream<LogPart> caller;
    private final Set<Integer> open = new HashSet<>();
    private boolean chosen;
    private boolean ended;

    /** Which runs are sent. */
    interface Choice {
        /** The messages for the beginning of a run; none if it is left out. */
        List<LogPart> of(Event.Began began) throws IOException;
    }

    /** When it is over, if what comes is awaited. */
    enum Until {
        /** With the log. */
        END_OF_LOG,
        /** When a run that was chosen has ended, and nothing is there any more. */
        END_OF_RUN
    }

    Replay(EventLog log, Choice choice, PacedStream<LogPart> caller) {
        this.log = log;
        this.choice = choice;
        this.caller = caller;
    }

    /** Sends what is there; says whether a run was chosen. */
    boolean send() throws IOException, InterruptedException {
        // asked first: a log that is written while it is read has an end that nobody cut
        boolean whole = log.done();
        try (LogReader reader = log.read()) {
            return send(reader, Until.END_OF_LOG, () -> whole);
        }
    }

    /** Sends what is there and what comes; says whether a run was chosen. */
    boolean follow(Until until) throws IOException, InterruptedException {
        try (LogReader reader = log.follow()) {
            return send(reader, until, log::done);
        }
    }

    private boolean send(LogReader reader, Until until, BooleanSupplier whole)
            throws IOException, InterruptedException {
        while (!reader.atEnd() && caller.isWanted()) {
            boolean enough = ended && until == Until.END_OF_RUN;
            Optional<Event> event = reader.next(enough ? Duration.ZERO : PATIENCE);
            if (event.isPresent()) {
                pass(event.get());
            } else if (enough) {
                return chosen;
            }
        }
        if (reader.damaged() || (whole.getAsBoolean() && !open.isEmpty())) {
            caller.send(LogMessages.cut());
        }
        return chosen;
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
