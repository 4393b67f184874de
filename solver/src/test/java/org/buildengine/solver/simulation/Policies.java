package org.buildengine.solver.simulation;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;

/**
 * Which results may stand for which step, without keys: who asked for the run that made a result, and when. A result may be used by
 * the job, or the session, that its step is for; what is worked on such results is what comes of those, and of no others. Time
 * is judged by when somebody last began to wait while nobody did and nothing was being given up: since then, what is waited for may
 * have been looked up.
 */
final class Policies {
    private final Interpreter interpreter;
    private final Schedule schedule;
    private final Map<Thread, Run> running = new HashMap<>();
    private final Map<Long, Asker> makers = new HashMap<>();

    /** What runs left for one job or session, by that and by the operation: two steps can be the same by other names. */
    private final Map<List<Object>, Set<List<Map<String, String>>>> left = new HashMap<>();

    private int waiting;
    private Instant since;

    private boolean doubtful;

    /** Whether something ran of which it is not known whose it was. */
    private boolean blind;

    /** What runs on a thread, which is also the one that publishes what the run leaves. */
    private record Run(Vertex vertex, Optional<Asker> asker) {}

    Policies(Interpreter interpreter, Schedule schedule) {
        this.interpreter = interpreter;
        this.schedule = schedule;
        this.since = schedule.instant();
    }

    void asks() {
        if (waiting++ == 0 && !schedule.isAtWork()) {
            since = schedule.instant();
            doubtful = false;
        }
    }

    void hears() {
        waiting--;
    }

    /** A job ends: whoever joined its runs looks as if they were theirs, as long as somebody waits. */
    void leaves() {
        doubtful = true;
    }

    /** All jobs of before have ended, and nothing of theirs runs. */
    void startsAnew() {
        blind = false;
    }

    /** Whose a run is, if that is certain; {@code asker} is one of those who listen to it. */
    Optional<Asker> certain(Optional<Asker> asker) {
        return doubtful ? Optional.empty() : asker;
    }

    /** A run begins on this thread. */
    void begins(Vertex vertex, Optional<Asker> asker) {
        running.put(Thread.currentThread(), new Run(vertex, asker));
        blind |= asker.isEmpty();
    }

    /** The run on this thread left a result. */
    void published(StoredResult result, List<Map<String, String>> outputs) {
        Run run = Objects.requireNonNull(running.remove(Thread.currentThread()));
        run.asker().ifPresent(asker -> {
            makers.put(result.id(), asker);
            left.computeIfAbsent(place(run.vertex(), asker), _ -> new HashSet<>())
                    .add(outputs);
        });
    }

    private static List<Object> place(Vertex vertex, Asker asker) {
        return List.of(vertex.reuse().reach() == Reuse.Reach.JOB ? asker : asker.session(), vertex.op());
    }

    /** Whether a result of this age, made by that run, may stand for a step that somebody asks for. */
    boolean allows(Vertex vertex, StoredResult result, Asker asker) {
        Asker maker = makers.get(result.id());
        return switch (vertex.reuse().reach()) {
            case JOB -> maker == null || maker.equals(asker);
            case SESSION -> maker == null || maker.session() == asker.session();
            case ENGINE ->
                vertex.reuse()
                        .age()
                        .map(age -> result.created().plus(age).isAfter(since))
                        .orElse(true);
        };
    }

    /** Whether these can be the outputs for somebody of a step that works on what was made for that one. */
    boolean follows(Vertex vertex, List<Map<String, String>> outputs, Asker asker) {
        return blind || expected(vertex, asker).map(outputs::equals).orElse(true);
    }

    /** The outputs, if there is only one possibility. */
    private Optional<List<Map<String, String>>> expected(Vertex vertex, Asker asker) {
        if (vertex.reuse().reach() == Reuse.Reach.SESSION && !vertex.inputsAreSettled()) {
            return Optional.empty();
        }
        if (vertex.reuse().reach() != Reuse.Reach.ENGINE) {
            Set<List<Map<String, String>>> known = left.getOrDefault(place(vertex, asker), Set.of());
            return known.size() == 1 ? known.stream().findFirst() : Optional.empty();
        }
        if (vertex.inputsAreSettled()) {
            return interpreter.only(vertex);
        }
        var inputs = new ArrayList<Map<String, String>>();
        for (InputRef input : vertex.inputs()) {
            Optional<List<Map<String, String>>> outputs = expected(input.vertex(), asker);
            if (outputs.isEmpty()) {
                return Optional.empty();
            }
            inputs.add(outputs.get().get(input.output()));
        }
        return Optional.of(Meaning.of(vertex.op(), inputs, ""));
    }
}
