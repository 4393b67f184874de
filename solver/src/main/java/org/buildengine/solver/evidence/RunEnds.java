package org.buildengine.solver.evidence;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.DecisionRow.Ended;

/**
 * Writes down how the runs of steps end: well or not, or left by a build and gone on with for another one. Used by the thread of the
 * {@link BuildHistory} only.
 */
final class RunEnds {
    private final StepTable steps;
    private final Supplier<Collection<BuildState>> lasting;

    /** Runs that the build left that they ran for, when nobody was known to go on with them. */
    private final Map<Miss, Departure> departures = new WeakHashMap<>();

    /** The builds that the runs go on for which were left, the last of each. */
    private final Map<Miss, String> successors = new WeakHashMap<>();

    /** How a build left a run. */
    private record Departure(BuildState build, Instant at, Digest recipe, Duration took, Cancellation cause) {}

    /**
     * No run has begun yet.
     *
     * @param lasting the builds that have not ended
     */
    RunEnds(StepTable steps, Supplier<Collection<BuildState>> lasting) {
        this.steps = steps;
        this.lasting = lasting;
    }

    /** A build hears of a run that begins, or lasts: perhaps one that another build has left. */
    void begins(BuildState build, Digest recipe, Miss run) throws IOException {
        build.begins(recipe, run);
        Optional<Departure> departure = Optional.ofNullable(departures.get(run)).filter(left -> left.build() != build);
        if (departure.isPresent()) {
            departures.remove(run);
            handOver(run, departure.get(), build);
        }
    }

    /** A run of a step ended well: it made the result of that number. */
    void succeeded(BuildState build, Instant at, Digest recipe, Miss run, long result, Duration took)
            throws IOException {
        boolean _ = build.ends(recipe);
        Optional<BuildState.Step> known = build.step(recipe);
        Optional<StepRecord> step = steps.find(recipe);
        if (known.isEmpty() || step.isEmpty()) {
            return;
        }
        String runner = step.get().build();
        // another build's run of the step may have begun since
        var maker = new Maker(maker(run).orElse(runner), run.number());
        build.cameTo(recipe, result);
        build.write(
                List.of(),
                List.of(new Ended(known.get().number(), Outcome.SUCCEEDED, took, Optional.empty())),
                List.of(
                        StepTable.put(step.get().succeeded(result, runner, at)),
                        StepTable.madeBy(result, maker),
                        StepTable.madeUnder(result, run.producer())));
    }

    /** A step failed. */
    void failed(BuildState build, Instant at, Digest recipe, Duration took) throws IOException {
        unfinished(build, at, recipe, Outcome.FAILED, took, Optional.empty());
    }

    /** A step was cancelled, as far as one of the build's jobs knows. */
    void cancelled(BuildState build, Instant at, Digest recipe, Duration took, Cancellation cause) throws IOException {
        unfinished(build, at, recipe, Outcome.CANCELLED, took, Optional.of(cause));
    }

    /** A build heard no more of a step that still ran, which goes on if another build waits for it. */
    void left(BuildState build, Instant at, Digest recipe, Duration took, Cancellation cause) throws IOException {
        Optional<Miss> run = build.run(recipe);
        cancelled(build, at, recipe, took, cause);
        if (run.isEmpty() || build.run(recipe).isPresent() || cause == Cancellation.ENGINE_STOPPED) {
            return;
        }
        var departure = new Departure(build, at, recipe, took, cause);
        Optional<BuildState> successor = lasting.get().stream()
                .filter(other -> other != build && other.run(recipe).equals(run))
                .findFirst();
        if (successor.isPresent()) {
            handOver(run.get(), departure, successor.get());
        } else {
            departures.put(run.get(), departure); // whoever waits for it may not have been heard yet
        }
    }

    /** Writes that what a build left was not cancelled, and whose it is now. */
    private void handOver(Miss run, Departure left, BuildState successor) throws IOException {
        successors.put(run, successor.id());
        Optional<BuildState.Step> known = left.build().step(left.recipe());
        Optional<StepRecord> step = steps.find(left.recipe());
        if (known.isEmpty() || step.isEmpty()) {
            return;
        }
        var changes = new ArrayList<Change>();
        if (step.get().build().equals(left.build().id()) && step.get().outcome() != Outcome.SUCCEEDED) {
            changes.add(StepTable.put(step.get().goingOn(successor.id())));
        }
        var end = new Ended(known.get().number(), Outcome.LEFT, left.took(), Optional.of(left.cause()), successor.id());
        left.build().write(List.of(), List.of(end), changes);
    }

    private void unfinished(
            BuildState build, Instant at, Digest recipe, Outcome outcome, Duration took, Optional<Cancellation> cause)
            throws IOException {
        boolean lasts = build.ends(recipe);
        if (lasts && outcome == Outcome.CANCELLED) {
            return;
        }
        Optional<BuildState.Step> known = build.step(recipe);
        Optional<StepRecord> step = steps.find(recipe);
        if (known.isEmpty() || step.isEmpty()) {
            return;
        }
        List<Change> changes = tellsTheEnd(build, step.get(), outcome)
                ? List.of(StepTable.put(step.get().unfinished(outcome, cause, build.id(), at)))
                : List.of();
        build.write(List.of(), List.of(new Ended(known.get().number(), outcome, took, cause)), changes);
    }

    /** The build that a run is or was for, if one said so. */
    private Optional<String> maker(Miss run) {
        return Optional.of(successors.getOrDefault(run, run.build())).filter(build -> !build.isEmpty());
    }

    /**
     * Whether a run ended as a build heard it: the one that it ran for knows, unless it goes before the others who joined the run, and
     * they hear that it succeeded.
     */
    private static boolean tellsTheEnd(BuildState build, StepRecord step, Outcome outcome) {
        return step.build().equals(build.id()) && (outcome != Outcome.CANCELLED || step.outcome() != Outcome.SUCCEEDED);
    }
}
