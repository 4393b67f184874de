package org.buildengine.solver.evidence;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.RemovedResult;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.evidence.StepTable.Tie;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;

/** Finds the predecessor of a step that runs, and why the step runs nevertheless. Used by one thread. */
final class Explainer {
    private final Snapshotter snapshotter;
    private final ResultStore results;
    private final StepTable steps;
    private final Predicate<String> lasts;

    /**
     * An explainer.
     *
     * @param lasts whether a build has not ended, by its id
     */
    Explainer(Snapshotter snapshotter, StepTable steps, Predicate<String> lasts) {
        this.snapshotter = snapshotter;
        this.results = snapshotter.results();
        this.steps = steps;
        this.lasts = lasts;
    }

    /**
     * Why a step runs.
     *
     * @param predecessor the step that took its place in an earlier build
     * @param differences from that one
     */
    record Explanation(Decision.Ran decision, Optional<Digest> predecessor, Differences differences) {
        /** The policy of a step before, if nothing else is why this one runs. */
        Optional<Reason.PolicyChanged> policyChange() {
            List<Reason.PolicyChanged> changes = decision.reasons().stream()
                    .filter(Reason.PolicyChanged.class::isInstance)
                    .map(Reason.PolicyChanged.class::cast)
                    .toList();
            return changes.size() == decision.reasons().size()
                    ? changes.stream().findFirst()
                    : Optional.empty();
        }
    }

    /**
     * Explains one run.
     *
     * @param step about to run on its inputs
     */
    Explanation explain(Vertex vertex, StepRecord step, Miss miss, BuildState build) throws IOException {
        Optional<StepRecord> same = steps.find(vertex.recipe());
        if (same.isEmpty()) {
            same = steps.latest(Tie.PRODUCER, miss.producer()).stream().findFirst();
        }
        Optional<StepRecord> predecessor = same.isPresent() ? same : predecessor(vertex, step, build);
        if (predecessor.isEmpty()) {
            return new Explanation(
                    new Decision.Ran(List.of(new Reason.NeverSeen()), "", Instant.EPOCH),
                    Optional.empty(),
                    Differences.NONE);
        }
        StepRecord before = predecessor.get();
        Differences differences =
                new Comparison(snapshotter, steps, build.names(steps, vertex)).compare(before, step, brought(vertex));
        List<Reason> reasons = differences.reasons();
        if (reasons.isEmpty()) {
            reasons = List.of(miss.refusal().orElseGet(() -> gone(before)));
        } else if (!differences.inputs().isEmpty() || OpFields.fromOutside(step.kind())) {
            reasons = Stream.concat(reasons.stream(), evicted(before).stream()).toList();
        }
        return new Explanation(
                new Decision.Ran(reasons, before.build(), before.seen()), Optional.of(before.recipe()), differences);
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
     * The step whose place this one took. Inputs that changed are replaced by their own predecessors first: then either the
     * very step is known, or one that did the same elsewhere, or one much like it that did something else there. What this
     * build ran itself took nobody's place.
     */
    private Optional<StepRecord> predecessor(Vertex vertex, StepRecord step, BuildState build) throws IOException {
        var aligned = new ArrayList<Digest>();
        vertex.inputs()
                .forEach(input -> aligned.add(build.predecessor(input.vertex().recipe())));
        Optional<StepRecord> found =
                steps.find(StepRecord.recipeOver(vertex, aligned)).filter(other -> !build.ran(other));
        if (found.isEmpty()) {
            List<StepRecord> same = steps.latest(Tie.OPERATION, OpFields.lineage(vertex.op()));
            found = likest(same, build, other -> sharedInputs(other, aligned));
        }
        if (found.isEmpty() && !aligned.isEmpty()) {
            List<StepRecord> there = steps.latest(Tie.INPUTS, StepTable.inputs(step.kind(), aligned));
            found = likest(
                    there.stream().filter(other -> Likeness.alike(other, step)).toList(),
                    build,
                    other -> Likeness.of(other, step));
        }
        return found;
    }

    /** Of several, rather one whose place is free, since the build did not ask for it; then the likest, then the latest. */
    private static Optional<StepRecord> likest(
            List<StepRecord> latest, BuildState build, ToDoubleFunction<StepRecord> likeness) {
        return latest.stream()
                .filter(other -> !build.ran(other))
                .max(Comparator.comparing((StepRecord other) -> !build.has(other.recipe()))
                        .thenComparingDouble(likeness));
    }

    private static int sharedInputs(StepRecord step, List<Digest> recipes) {
        int shared = 0;
        for (int i = 0; i < Math.min(step.inputs().size(), recipes.size()); i++) {
            shared += step.inputs().get(i).recipe().equals(recipes.get(i)) ? 1 : 0;
        }
        return shared;
    }
}
