package org.buildengine.solver.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.key.Keys;
import org.buildengine.solver.key.SeenResults;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.Vertex;

/**
 * Says what must hold, and remembers what did not. Which check stands for which invariant:
 *
 * <ul>
 *   <li>P1, owners: {@link SimulatedStore#files} (nothing is collected that a run or a key still reads), {@link #answered}
 *       (what a session got it holds, and it is there), {@link #left} (no owner is open when all have left).
 *   <li>P2, demands and executions: {@link #begins} (one execution per producer key at a time, and in a calm world one at
 *       all; builds only demand others and may be many), {@link #refused} (nobody gets another's cancellation, or a failure out
 *       of nothing), {@link #left} (every thread came to its end, so every demand ended; nothing runs on).
 *   <li>P3, keys: {@link #isOf} (a result answers only for the operation that made it), and, since what an execution writes
 *       shows all that it reads, {@link #means} (equal selected inputs).
 *   <li>P12: {@link #begins} (a volume has one user at a time), and that every thread came to its end.
 *   <li>Policies: {@link #mayStand} (what is answered, and what a run is given, is for who gets it; {@link Policies}).
 *   <li>Output: {@link #begins} (somebody hears), {@link Story} (what is heard, in what order, and before the answer), {@link
 *       #logsLeft} (each log is done).
 *   <li>P4, trees: {@link #means} (what is answered, and what a run is given, is what the interpreter says).
 * </ul>
 */
final class Judge {
    private final Interpreter interpreter;
    private final Policies policies;
    private final Chaos chaos;
    private final boolean settled;
    private final Set<Digest> volumes = new HashSet<>();
    private final List<Violation> violations = new ArrayList<>();

    /** Whether a definition was nested too deeply, so that something failed though nothing went wrong. */
    private boolean tooDeep;

    private final Set<Digest> running = new HashSet<>();
    private final Map<Digest, Integer> runs = new HashMap<>();
    private final Map<Digest, Op> operations = new HashMap<>();
    private final Map<Long, Op> producers = new HashMap<>();

    /** The number of the latest run under each key, and of the run that made each result. */
    private final Map<Digest, Integer> numbers = new HashMap<>();

    private final Map<Long, Integer> makers = new HashMap<>();

    /** The judge of one graph; {@code settled} says whether everybody's results will do for all of it. */
    Judge(Interpreter interpreter, Policies policies, Chaos chaos, boolean settled) {
        this.interpreter = interpreter;
        this.policies = policies;
        this.chaos = chaos;
        this.settled = settled;
    }

    /** Remembers a violation; what solver threads throw may not come out anywhere. */
    Violation violated(String invariant, String what) {
        var violation = new Violation(invariant, what);
        violations.add(violation);
        return violation;
    }

    List<Violation> violations() {
        return violations;
    }

    /** A run begins; the producer key, under which it has to be told that it {@linkplain #ends ends}. */
    Digest begins(Vertex vertex, List<Snapshot> inputs, Optional<Asker> listener, SimulatedStore store) {
        Optional<Asker> asker = policies.certain(listener);
        var identities = new ArrayList<Digest>();
        for (int i = 0; i < inputs.size(); i++) {
            InputRef input = vertex.inputs().get(i);
            StoredResult origin = store.origin(inputs.get(i));
            identities.add(identity(input.vertex(), origin, store));
            isOf(input.vertex(), origin);
            means(input.vertex(), origin, store);
            asker.ifPresent(known -> mayStand(input.vertex(), origin, known, store));
            if (!origin.outputs().get(input.output()).equals(inputs.get(i))) {
                violated("P4", vertex + " got another output of " + input.vertex());
            }
        }
        Digest producer = Keys.producer(vertex, identities);
        if (!running.add(producer) && !(vertex.op() instanceof BuildOp)) {
            violated("P2", vertex + " runs twice at the same time");
        }
        tooDeep |= vertex.op() instanceof BuildOp build && build.nesting() == BuildOp.DEEPEST;
        if (runs.merge(producer, 1, Integer::sum) > 1 && runsOnce(vertex)) {
            violated("P2", vertex + " ran twice in a calm world");
        }
        if (listener.isEmpty() && !chaos.ever() && !tooDeep) {
            violated("output", vertex + " runs in a calm world, and nobody hears of it");
        }
        if (vertex.op() instanceof ExecOp execution) {
            for (Digest volume : execution.exclusiveVolumes()) {
                if (!volumes.add(volume)) {
                    violated("P12", vertex + " has a cache volume that another has too");
                }
            }
        }
        policies.begins(vertex, asker);
        operations.put(producer, vertex.op());
        return producer;
    }

    private static Digest identity(Vertex of, StoredResult result, SimulatedStore store) {
        try {
            return new SeenResults(store::contents).counted(result, of.reuse()).identity();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether one run of a step will do for ever: nothing is lost or given up, and it is no build, which each job does anew. */
    private boolean runsOnce(Vertex vertex) {
        return !chaos.ever() && !tooDeep && settled && !(vertex.op() instanceof BuildOp);
    }

    /** The run that has begun under a key has that number. */
    void runs(Digest producer, int number) {
        numbers.put(producer, number);
    }

    /** The number of the run that made a result. */
    Optional<Integer> madeBy(StoredResult result) {
        return Optional.ofNullable(makers.get(result.id()));
    }

    void ends(Digest producer) {
        running.remove(producer);
        if (operations.get(producer) instanceof ExecOp execution) {
            volumes.removeAll(execution.exclusiveVolumes());
        }
    }

    void published(StoredResult result, ResultStore.NewResult published, SimulatedStore store) {
        for (Digest producer : published.keys().getOrDefault(KeyKind.PRODUCER, List.of())) {
            producers.put(result.id(), Objects.requireNonNull(operations.get(producer)));
            makers.putIfAbsent(result.id(), Objects.requireNonNull(numbers.get(producer)));
            policies.published(
                    result, result.outputs().stream().map(store::files).toList());
        }
    }

    /** A session was given a result. */
    void answered(Vertex vertex, StoredResult result, Asker asker, SimulatedStore store) {
        if (!store.holds(asker.owner(), result)) {
            violated("P1", "a session does not hold what it got of " + vertex + ": result " + result.id());
            return;
        }
        isOf(vertex, result);
        means(vertex, result, store);
        mayStand(vertex, result, asker, store);
    }

    private void mayStand(Vertex vertex, StoredResult result, Asker asker, SimulatedStore store) {
        if (!policies.allows(vertex, result, asker)) {
            violated(
                    "policy",
                    vertex.reuse() + " " + vertex + " got result " + result.id() + ", which is not for "
                            + asker.name());
        } else if (!policies.follows(
                vertex, result.outputs().stream().map(store::files).toList(), asker)) {
            violated("policy", vertex + " does not follow from what was made for " + asker.name());
        }
    }

    private void isOf(Vertex vertex, StoredResult result) {
        if (!vertex.op().equals(producers.get(result.id()))) {
            violated("P3", vertex + " was answered by what made " + producers.get(result.id()));
        }
    }

    private void means(Vertex vertex, StoredResult result, SimulatedStore store) {
        List<Map<String, String>> outputs =
                result.outputs().stream().map(store::files).toList();
        if (!interpreter.allows(vertex, outputs)) {
            violated("P4", vertex + " came out as " + outputs);
        }
    }

    /**
     * A demand ended without a result.
     *
     * @param mayBeCancelled whether its session had left, or the solver was being closed
     */
    void refused(Vertex vertex, SolveException refusal, boolean mayBeCancelled) {
        if (refusal.kind() == SolveException.Kind.CANCELLED) {
            if (!mayBeCancelled) {
                violated("P2", "the demand of " + vertex + " was cancelled by somebody else: " + refusal.getMessage());
            }
        } else if (!String.valueOf(refusal.getMessage()).contains(Chaos.INJECTED)
                && !(tooDeep && String.valueOf(refusal.getMessage()).contains(" other definitions"))) {
            violated("P2", vertex + " failed out of nothing: " + refusal);
        }
    }

    /** A demand was given up because its thread was interrupted. */
    void interrupted(Vertex vertex) {
        if (!chaos.ever()) {
            violated("P2", "the demand of " + vertex + " was interrupted by nobody");
        }
    }

    /** Everybody has left and the solver says that it is closed. */
    void closed() {
        if (!running.isEmpty()) {
            violated("P2", running.size() + " runs go on in a solver that is closed");
        }
    }

    /** All jobs are closed and nothing runs, and so many logs are not done. */
    void logsLeft(long logs) {
        if (logs > 0) {
            violated("output", logs + " logs still wait for a run");
        }
    }

    /** Nobody can go on. */
    void left(SimulatedStore store, Schedule schedule) {
        schedule.uncaught().forEach(thrown -> violated("P2", "a thread died of " + thrown));
        if (!schedule.unfinished().isEmpty()) {
            violated("P2", "threads wait for ever: " + schedule.unfinished());
        } else if (!store.open().isEmpty()) {
            violated("P1", "owners were left open: " + store.open());
        }
    }
}
