package org.buildengine.solver.simulation;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;

/**
 * A listener that wants to hear a story that makes sense: nothing ends that has not begun, nothing begins twice,
 * all ends, and be it with the job; all that was printed is heard before the end, in order, or said to be missing.
 */
final class Story implements JobListener {
    /** How long it may take to hear one piece, if it is a slow one. */
    private static final int SLOWNESS = 25;

    private final String job;
    private final Chaos chaos;
    private final Judge judge;
    private final Schedule schedule;
    private final Printed printed;
    private final Optional<EventLog> log;
    private final SplittableRandom random;
    private final boolean slow;
    private final Set<Digest> told = new HashSet<>();
    private final Map<Digest, Integer> running = new HashMap<>();

    /** Of vertices that have one run at a time. */
    private final Map<Digest, Hearing> hearing = new HashMap<>();

    /** What was heard of a run, of which the number is known from its first piece on. */
    private record Hearing(Optional<Integer> run, int pieces) {}

    /** Nothing is told yet; {@code log} gets what is printed by runs that this job is the first to hear of. */
    Story(
            String job,
            Chaos chaos,
            Judge judge,
            Schedule schedule,
            Printed printed,
            Optional<EventLog> log,
            SplittableRandom random) {
        this.job = job;
        this.chaos = chaos;
        this.judge = judge;
        this.schedule = schedule;
        this.printed = printed;
        this.log = log;
        this.random = random;
        this.slow = random.nextInt(3) == 0;
    }

    private static boolean hasOneRun(Vertex vertex) {
        return vertex.reach() == Reuse.Reach.ENGINE;
    }

    @Override
    public void cached(Vertex vertex, long result) {
        told.add(vertex.demanded());
        Strand.pause();
        chaos.maybeFailListener();
    }

    @Override
    public void missed(Vertex vertex, Miss miss) {
        told.add(vertex.demanded());
        Strand.pause();
        log.ifPresent(own -> miss.claim(job, own));
        chaos.maybeFailListener();
    }

    @Override
    public void started(Vertex vertex, Instant at) {
        Strand.pause();
        if (running.merge(vertex.demanded(), 1, Integer::sum) > 1 && hasOneRun(vertex)) {
            judge.violated("P2", job + " heard twice that " + vertex + " began");
        }
        hearing.put(vertex.demanded(), new Hearing(Optional.empty(), 0));
        chaos.maybeFailListener();
    }

    @Override
    public void output(Vertex vertex, OutputPiece piece) {
        Strand.pause();
        if (slow) {
            schedule.sleep(random.nextInt(SLOWNESS));
        }
        Hearing heard = hearing.get(vertex.demanded());
        if (hasOneRun(vertex) && heard != null) {
            int run = Printed.run(piece.bytes());
            if (heard.run().isPresent() && heard.run().get() != run) {
                judge.violated("output", job + " heard run " + run + " of " + vertex + " amid another one");
            }
            if (heard.pieces() != Printed.number(piece.bytes())) {
                judge.violated(
                        "output",
                        job + " heard piece " + Printed.number(piece.bytes()) + " of " + vertex + " and not "
                                + heard.pieces());
            }
            hearing.put(vertex.demanded(), new Hearing(Optional.of(run), heard.pieces() + 1));
        }
        chaos.maybeFailListener();
    }

    @Override
    public void lost(Vertex vertex, long bytes) {
        Strand.pause();
        hearing.computeIfPresent(
                vertex.demanded(),
                (_, heard) -> new Hearing(heard.run(), heard.pieces() + (int) bytes / Printed.LENGTH));
        chaos.maybeFailListener();
    }

    @Override
    public void finished(Vertex vertex, Miss run, long result, Duration took) {
        endedWhole(vertex);
    }

    @Override
    public void failed(Vertex vertex, SolveException failure, Duration took) {
        endedWhole(vertex);
    }

    @Override
    public void cancelled(Vertex vertex, Duration took) {
        endedWhole(vertex);
    }

    @Override
    public void left(Vertex vertex, Duration after) {
        ended(vertex);
    }

    /** The job was answered with what a run made. */
    void answered(Vertex vertex, int run) {
        if (!told.contains(vertex.demanded())) {
            judge.violated("output", job + " was answered and heard nothing of " + vertex);
        }
        Hearing heard = hearing.get(vertex.demanded());
        if (hasOneRun(vertex) && heard != null && heard.run().equals(Optional.of(run))) {
            judge.violated("output", job + " was answered before it heard the end of " + vertex);
        }
    }

    /** The job is closed. */
    void leaves() {
        log.ifPresent(EventLog::close);
    }

    /** Nothing more will be told. */
    void over() {
        if (!running.isEmpty()) {
            judge.violated("P2", job + " never heard the end of " + running.size() + " runs");
        }
    }

    private void endedWhole(Vertex vertex) {
        Hearing heard = hearing.get(vertex.demanded());
        if (hasOneRun(vertex)
                && heard != null
                && !heard.run()
                        .map(run -> printed.of(run) == heard.pieces())
                        .orElseGet(() -> printed.isOf(vertex, heard.pieces()))) {
            judge.violated("output", job + " heard " + heard.pieces() + " pieces of " + vertex + " when it had ended");
        }
        ended(vertex);
    }

    private void ended(Vertex vertex) {
        Strand.pause();
        if (!running.containsKey(vertex.demanded())) {
            judge.violated("P2", job + " heard the end of " + vertex + " before its beginning");
        }
        running.computeIfPresent(vertex.demanded(), (_, runs) -> runs > 1 ? runs - 1 : null);
        hearing.remove(vertex.demanded());
        chaos.maybeFailListener();
    }
}
