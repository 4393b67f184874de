package org.buildengine.server.control;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
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
    private final Predicate<Event.Began> choice;
    private final Heading heading;
    private final PacedStream<LogPart> caller;
    private final Set<Integer> open = new HashSet<>();
    private boolean chosen;
    private boolean ended;
    private boolean whole;
    private boolean complained;

    /** What is sent of the beginning of a run. */
    interface Heading {
        /** Its messages. */
        List<LogPart> of(Event.Began began) throws IOException;
    }

    /** How much is sent, if what comes is awaited. */
    enum Extent {
        /** All that comes until the end of the log. */
        BUILD,
        /** What comes until a run that was chosen has ended. */
        STEP
    }

    /**
     * A replay of a log.
     *
     * @param choice which runs are sent
     */
    Replay(EventLog log, Extent extent, Predicate<Event.Began> choice, Heading heading, PacedStream<LogPart> caller) {
        this.log = log;
        this.extent = extent;
        this.choice = choice;
        this.heading = heading;
        this.caller = caller;
    }

    /** Sends what is there; says whether a run was chosen. */
    boolean send() throws IOException, InterruptedException {
        // asked first: a log that is written while it is read has an end that nobody cut
        boolean done = log.done();
        try (LogReader reader = log.read(choice)) {
            while (!reader.atEnd() && caller.isWanted()) {
                Optional<Event> event = reader.next(Duration.ZERO);
                if (event.isPresent()) {
                    pass(event.get());
                }
            }
            conclude(reader, done);
            return chosen;
        }
    }

    /** Sends what is there and what comes; says whether a run was chosen. */
    boolean follow() throws IOException, InterruptedException {
        try (LogReader reader = log.follow(choice)) {
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

    /** Whether all was sent that there will ever be. */
    boolean isWhole() {
        return whole;
    }

    private void conclude(LogReader reader, boolean done) throws InterruptedException {
        whole = done && reader.atEnd();
        if (extent == Extent.BUILD || !open.isEmpty()) {
            complain();
        }
        if (reader.damaged() || (whole && !open.isEmpty())) {
            caller.send(LogMessages.cut(List.of()));
        }
    }

    /** Says, if it is so and was not said yet, that the runs did more than could be written. */
    void complain() throws InterruptedException {
        Optional<String> failure = complained ? Optional.empty() : log.failure(choice);
        if (failure.isPresent()) {
            complained = true;
            caller.send(LogMessages.unwritten(failure.get()));
        }
    }

    private void pass(Event event) throws IOException, InterruptedException {
        if (event instanceof Event.Began began) {
            chosen = true;
            open.add(began.run());
            for (LogPart message : heading.of(began)) {
                caller.send(message);
            }
            return;
        }
        caller.send(LogMessages.of(event));
        if (event instanceof Event.Ended) {
            ended = true;
            open.remove(event.run());
        }
    }
}
