package org.buildengine.solver.evidence;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.RemovedResult;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.evidence.Reason.Shift;
import org.buildengine.solver.evidence.StepTable.Tie;
import org.buildengine.solver.evidence.Succession.Link;
import org.buildengine.solver.evidence.Succession.Moves;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;

/** Finds the predecessor of a step that runs, and why the step runs nevertheless. Used by one thread. */
final class Explainer {
    private final Snapshotter snapshotter;
    private final ResultStore results;
    private final StepTable steps;
    private final Predicate<String> lasts;
    private final ChainOrder order;
    private final MoveReasons moves;
    private final EarlierNumbers numbers;

    /**
     * An explainer.
     *
     * @param rows with what was decided last
     * @param lasts whether a build has not ended, by its id
     */
    Explainer(Snapshotter snapshotter, BuildRows rows, StepTable steps, Predicate<String> lasts) {
        this.snapshotter = snapshotter;
        this.results = snapshotter.results();
        this.steps = steps;
        this.lasts = lasts;
        this.order = new ChainOrder(steps);
        this.numbers = new EarlierNumbers(rows);
        this.moves = new MoveReasons(rows);
    }

    /** The step whose place another one took, and how it was found. */
    private record Predecessor(StepRecord step, Way way) {}

    private enum Way {
        /** The same, at the same place. */
        PLACE,
        /** The same, at another place. */
        OPERATION,
        /** Something like it, at the same place. */
        LIKENESS
    }

    /** Where a step stands that is about to run on its inputs, and where steps before it of which more is known now; itself last. */
    List<Succession> successions(Link link, Miss miss, BuildState build) throws IOException {
        Optional<Predecessor> predecessor = predecessor(link.vertex(), link.step(), miss, build);
        if (predecessor.isEmpty()) {
            return order.guessed(link, Optional.empty(), build);
        }
        StepRecord before = predecessor.get().step();
        return switch (predecessor.get().way()) {
            case PLACE -> List.of(Succession.sure(link, before, Moves.NONE));
            case OPERATION -> order.elsewhere(link, before, build);
            case LIKENESS -> order.guessed(link, Optional.of(before), build);
        };
    }

    /**
     * Explains one run.
     *
     * @param refusal why something that was found may not be used
     */
    Explanation explain(Succession succession, Optional<Reason> refusal, BuildState build) throws IOException {
        if (succession.before().isEmpty()) {
            Reason reason = succession
                    .next()
                    .<Reason>map(next -> moves.order(Shift.INSERTED, next, build))
                    .orElseGet(Reason.NeverSeen::new);
            var decision = new Decision.Ran(List.of(reason), "", Instant.EPOCH);
            var place = Place.of(succession, Map.of(), decision);
            return new Explanation(decision, Optional.empty(), Differences.NONE, place, Map.of());
        }
        Vertex vertex = succession.link().vertex();
        StepRecord step = succession.link().step();
        StepRecord before = succession.before().get();
        Differences differences =
                new Comparison(snapshotter, steps, build.names(steps)).compare(before, step, brought(vertex));
        List<Reason> reasons = differences.reasons(step.mounts());
        if (reasons.isEmpty()) {
            reasons = List.of(refusal.orElseGet(() -> gone(before)));
        } else if (!differences.inputs().isEmpty() || OpFields.fromOutside(step.kind())) {
            reasons = Stream.concat(reasons.stream(), evicted(before).stream()).toList();
        }
        MoveReasons.Told told = moves.reasons(succession, before, build);
        var decision = new Decision.Ran(told.with(reasons), before.build(), before.seen());
        return new Explanation(
                decision,
                Optional.of(before.recipe()),
                differences,
                Place.of(succession, told.removed(), decision),
                told.swapped());
    }

    private static Optional<Snapshot> brought(Vertex vertex) {
        return vertex.op() instanceof TreeOp tree ? Optional.of(tree.snapshot()) : Optional.empty();
    }

    /** Why the result of a step was not used that is the same in all. */
    private Reason gone(StepRecord before) {
        if (before.outcome() != Outcome.SUCCEEDED) {
            return unfinished(before);
        }
        if (results.find(before.result()).isPresent()) {
            return new Reason.Unexplained();
        }
        return evicted(before).orElseGet(Reason.Lost::new);
    }

    /** That the result of a step was removed, if that is known. */
    private Optional<Reason> evicted(StepRecord before) {
        Optional<RemovedResult> removed = results.removed(before.result());
        return removed.map(how -> new Reason.Evicted(how.at(), how.policy(), how.bytes()));
    }

    private Reason unfinished(StepRecord before) {
        return before.outcome() == Outcome.UNKNOWN && !lasts.test(before.build())
                ? new Reason.Unfinished(Outcome.CANCELLED, before.build(), Optional.of(Cancellation.ENGINE_DIED))
                : new Reason.Unfinished(before.outcome(), before.build(), before.cause());
    }

    /**
     * The step whose place this one took: the very step, or else, after inputs that changed were replaced by their own predecessors,
     * the step that did the same there, one that did the same elsewhere, or one much like it that did something else there. What
     * this build ran itself took nobody's place.
     */
    private Optional<Predecessor> predecessor(Vertex vertex, StepRecord step, Miss miss, BuildState build)
            throws IOException {
        Optional<StepRecord> same = steps.find(vertex.recipe());
        if (same.isEmpty()) {
            same = steps.latest(Tie.PRODUCER, miss.producer()).stream().findFirst();
        }
        if (same.isPresent()) {
            return found(same, Way.PLACE);
        }
        List<Digest> aligned = build.predecessors(vertex);
        Optional<StepRecord> there =
                steps.find(StepRecord.recipeOver(vertex, aligned)).filter(other -> !build.ran(other));
        if (there.isPresent()) {
            return found(there, Way.PLACE);
        }
        List<StepRecord> sameElsewhere = steps.latest(Tie.OPERATION, OpFields.lineage(vertex.op())).stream()
                .filter(other -> !build.isTaken(other.recipe()))
                .toList();
        Optional<StepRecord> elsewhere = likest(sameElsewhere, build, other -> sharedInputs(other, aligned));
        if (elsewhere.isPresent() || aligned.isEmpty()) {
            return found(elsewhere, Way.OPERATION);
        }
        var others = new ArrayList<StepRecord>();
        for (StepRecord other : steps.latest(Tie.INPUTS, StepTable.inputs(step.kind(), aligned))) {
            if (Likeness.alike(other, step) && !isHeld(other, step, build)) {
                others.add(other);
            }
        }
        return found(likest(others, build, other -> Likeness.of(other, step)), Way.LIKENESS);
    }

    /** Whether another step of the build took the place of an earlier one surely, or is as much like it. */
    private boolean isHeld(StepRecord before, StepRecord step, BuildState build) throws IOException {
        Optional<Digest> holder = build.holder(before.recipe());
        if (holder.isEmpty() || build.isTaken(before.recipe())) {
            return holder.isPresent();
        }
        Optional<StepRecord> other = steps.find(holder.get());
        return other.isPresent() && Likeness.of(before, other.get()) >= Likeness.of(before, step);
    }

    private static Optional<Predecessor> found(Optional<StepRecord> step, Way way) {
        return step.map(found -> new Predecessor(found, way));
    }

    /**
     * Of several, rather one whose place is free, since the build did not ask for it; then the likest. Of those that are equal, the first
     * that the last build which had any of them asked for, so that they are gone through in the order that they had there.
     */
    private Optional<StepRecord> likest(
            List<StepRecord> latest, BuildState build, ToDoubleFunction<StepRecord> likeness) throws IOException {
        Comparator<StepRecord> order = Comparator.comparing((StepRecord other) -> !build.has(other.recipe()))
                .thenComparingDouble(likeness);
        List<StepRecord> candidates =
                latest.stream().filter(other -> !build.ran(other)).toList();
        Optional<StepRecord> best = candidates.stream().max(order);
        if (best.isEmpty()) {
            return best;
        }
        List<StepRecord> equal = candidates.stream()
                .filter(other -> order.compare(other, best.get()) == 0)
                .toList();
        return equal.size() == 1 ? best : Optional.of(firstAskedFor(equal));
    }

    /** Of several, the latest of which is first; that one if the build that had it is not kept. */
    private StepRecord firstAskedFor(List<StepRecord> latest) throws IOException {
        String build = latest.getFirst().build();
        StepRecord first = latest.getFirst();
        int lowest = Integer.MAX_VALUE;
        for (StepRecord step : latest) {
            int number = numbers.number(build, step.recipe());
            if (number > 0 && number < lowest) {
                first = step;
                lowest = number;
            }
        }
        return first;
    }

    private static int sharedInputs(StepRecord step, List<Digest> recipes) {
        int shared = 0;
        for (int i = 0; i < Math.min(step.inputs().size(), recipes.size()); i++) {
            shared += step.inputs().get(i).recipe().equals(recipes.get(i)) ? 1 : 0;
        }
        return shared;
    }
}
