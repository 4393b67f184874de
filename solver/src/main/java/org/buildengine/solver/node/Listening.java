package org.buildengine.solver.node;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.events.PrintedOutput;
import org.buildengine.solver.evidence.Miss;
import org.jspecify.annotations.Nullable;

/**
 * The jobs that listen to a node, and what a job that comes later has missed of its run. Used under the lock of the node, which settles
 * what is told before what; those who are given back are to be told without it.
 */
final class Listening {
    private final Node node;
    private Audience audience = Audience.NOBODY;
    private @Nullable Beginning beginning;
    private PrintedOutput printed = PrintedOutput.NOTHING;

    private record Beginning(Instant at, Miss cause) {
        void tell(DemandJob job, Node node) {
            job.tellStarted(node, at, cause);
        }
    }

    Listening(Node node) {
        this.node = node;
    }

    /** The jobs that listen now. */
    Audience audience() {
        return audience;
    }

    /** When the run began, if it has. */
    Optional<Instant> began() {
        return Optional.ofNullable(beginning).map(Beginning::at);
    }

    /** Notes for everybody that the run begins. */
    List<DemandJob> start(Instant at, Miss cause) {
        var began = new Beginning(at, cause);
        beginning = began;
        return note(job -> began.tell(job, node));
    }

    /** Notes for everybody that the run has printed something. */
    List<DemandJob> print(OutputPiece piece) {
        printed = printed.and(piece);
        List<DemandJob> jobs = audience.jobs();
        jobs.forEach(job -> job.announcements().notePrinted(node, piece));
        return jobs;
    }

    /** Notes something for everybody. */
    List<DemandJob> note(Consumer<DemandJob> event) {
        List<DemandJob> jobs = audience.jobs();
        jobs.forEach(job -> note(job, event));
        return jobs;
    }

    /** Takes more jobs in, and notes for them what they have missed. */
    List<DemandJob> join(Audience.Joining joining) {
        audience = joining.newcomers().isEmpty() ? audience : joining.all();
        Beginning began = beginning;
        for (DemandJob job : joining.newcomers()) {
            if (began != null) {
                note(job, late -> began.tell(late, node));
            }
            if (!printed.equals(PrintedOutput.NOTHING)) {
                job.announcements().noteMissed(node, printed);
            }
        }
        return joining.newcomers();
    }

    private void note(DemandJob job, Consumer<DemandJob> event) {
        job.announcements().note(node.vertex().demanded(), () -> event.accept(job));
    }
}
