package org.buildengine.solver.evidence;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.WeakHashMap;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.jspecify.annotations.Nullable;

/** What is known of a build while it lasts. Used by the thread of its {@link BuildHistory} only. */
final class BuildState {
    private final BuildRows rows;
    private final String id;
    private final long number;
    private final Instant started;
    private final Map<Digest, Step> steps = new HashMap<>();
    private final Map<Digest, Running> running = new HashMap<>();

    /** Steps that others were after in an earlier build and are not now, with those others. */
    private final Map<Digest, Digest> missing = new HashMap<>();

    /** Earlier steps whose place one of the build has surely taken. */
    private final Set<Digest> taken = new HashSet<>();

    /** Earlier steps whose place one of the build has taken as far as is known, with that one. */
    private final Map<Digest, Digest> holders = new HashMap<>();

    /** Those of all steps, each once: most steps pass on what those before them passed on. */
    private final Map<Origins, Origins> origins = new HashMap<>();

    /** What steps came to, by recipe, as far as it is known. */
    private final Map<Digest, Long> results = new HashMap<>();

    /** The runs that one of the build's jobs has heard of; one that is gone is not heard of again. */
    private final Set<Miss> heard = Collections.newSetFromMap(new WeakHashMap<>());

    /** How many rows of decisions are written, without a gap. */
    private int written;

    /**
     * A step that was asked for.
     *
     * @param number from 1, inputs before what needs them
     * @param predecessor the step whose place it took, if it ran
     * @param run that its result is of, if that is known
     * @param upstream the step before that made its result another one; of those that ran, if they are commands, itself
     * @param policyChange why it ran, if that was for nothing but the policy of a step before
     * @param policy under which it was asked for
     * @param place where it stands among the steps of an earlier build
     * @param origins whose changes the files of its outputs may be, by output
     */
    record Step(
            int number,
            String name,
            Optional<Digest> predecessor,
            Optional<RunNumber> run,
            Optional<Reason.Upstream> upstream,
            Optional<Reason.PolicyChanged> policyChange,
            Reuse policy,
            Place place,
            Map<Integer, Origins> origins) {
        private Step with(Map<Integer, Origins> others) {
            return new Step(number, name, predecessor, run, upstream, policyChange, policy, place, others);
        }

        /** Whether where the step stands is something else than what was guessed. Steps that did not run for the build learn nothing. */
        boolean learnsFrom(Succession succession) {
            if (place.fit() == Succession.Fit.SURE
                    || (succession.before().isEmpty() && succession.next().isEmpty())) {
                return false;
            }
            return (succession.fit() == Succession.Fit.NEW) != (place.fit() == Succession.Fit.NEW)
                    || !succession.before().map(StepRecord::recipe).equals(predecessor)
                    || !succession.moves().recipes().equals(place.told());
        }

        /** The same, of which something else is decided. */
        private Step revised(Decision.Ran decision) {
            return new Step(
                    number, name, predecessor, run, upstream, policyChange, policy, place.with(decision), origins);
        }
    }

    /** A run that so many of the build's jobs hear of. */
    private record Running(Miss run, int jobs) {}

    BuildState(BuildRows rows, String id, long number, Instant started) {
        this.rows = rows;
        this.id = id;
        this.number = number;
        this.started = started;
    }

    String id() {
        return id;
    }

    long number() {
        return number;
    }

    Instant started() {
        return started;
    }

    /** Writes the next row of decisions and ends, and what else changes with it, at once. */
    void write(List<DecisionRow.Decided> decided, List<DecisionRow.Ended> ended, List<Change> others)
            throws IOException {
        var changes = new ArrayList<>(others);
        byte[] key = DecisionRow.key(number, written);
        changes.add(Change.put(Kind.DECISION, key, new DecisionRow(decided, ended).encode()));
        rows.write(changes);
        written++;
    }

    int size() {
        return steps.size();
    }

    /** The number of a step, which is the next one if nothing was decided about it. */
    int number(Digest recipe) {
        return step(recipe).map(Step::number).orElse(size() + 1);
    }

    boolean has(Digest recipe) {
        return steps.containsKey(recipe);
    }

    /** Whether the build ran a step, so that nothing earlier is known of it. */
    boolean ran(StepRecord step) {
        return has(step.recipe()) && step.build().equals(id);
    }

    void put(Digest recipe, Step step) {
        var once = new HashMap<Integer, Origins>();
        step.origins().forEach((output, each) -> once.put(output, origins.computeIfAbsent(each, _ -> each)));
        @Nullable Step revised = steps.put(recipe, step.with(once));
        if (revised != null) {
            revised.place().removed().keySet().forEach(gone -> missing.remove(gone, recipe));
            revised.predecessor().ifPresent(before -> holders.remove(before, recipe));
        }
        step.predecessor().ifPresent(before -> holders.put(before, recipe));
        if (step.place().fit() == Succession.Fit.SURE) {
            step.predecessor().ifPresent(taken::add);
        }
        step.place().removed().keySet().forEach(gone -> missing.put(gone, recipe));
    }

    /** Whether it is not sure whose place a step took, so that it may turn out to be another one's. */
    boolean isGuess(Digest recipe) {
        return step(recipe)
                .map(step -> step.place().fit() != Succession.Fit.SURE)
                .orElse(false);
    }

    /** Whether it is as good as sure whose place a step took, as long as no step after it shows it to be otherwise. */
    boolean isClose(Digest recipe) {
        return step(recipe)
                .map(step -> step.place().fit() == Succession.Fit.CLOSE)
                .orElse(false);
    }

    /** Whether an earlier build had the very step, whether it is remembered or has to run again. */
    boolean isOwnPredecessor(Digest recipe) {
        return !isGuess(recipe) && predecessor(recipe).equals(recipe);
    }

    /** Whether a step of the build has surely taken the place of an earlier one. */
    boolean isTaken(Digest recipe) {
        return taken.contains(recipe);
    }

    /** The step that has taken the place of an earlier one, as far as is known: the last one, if several have. */
    Optional<Digest> holder(Digest recipe) {
        return Optional.ofNullable(holders.get(recipe));
    }

    boolean hasPredecessor(Digest recipe) {
        return step(recipe).flatMap(Step::predecessor).isPresent();
    }

    /** The inputs of a step with those whose place they took instead. */
    List<Digest> predecessors(Vertex vertex) {
        var recipes = new ArrayList<Digest>();
        vertex.inputs().forEach(input -> recipes.add(predecessor(input.vertex().recipe())));
        return recipes;
    }

    /** The step that another one was before in an earlier build, and is not now as far as is known. */
    Optional<Digest> missing(Digest recipe) {
        return Optional.ofNullable(missing.get(recipe));
    }

    /** Something else is decided about steps that run or ran. */
    List<DecisionRow.Decided> revise(Map<Digest, Decision.Ran> decisions) {
        var decided = new ArrayList<DecisionRow.Decided>();
        decisions.forEach((recipe, decision) -> step(recipe).ifPresent(step -> {
            steps.put(recipe, step.revised(decision));
            decided.add(
                    new DecisionRow.Decided(step.number(), recipe, decision, Optional.of(step.policy()), step.run()));
        }));
        return decided;
    }

    /** Notes that one of the build's jobs hears of a run; says whether it is the first. */
    boolean hears(Miss run) {
        return heard.add(run);
    }

    /** Notes what a step came to. */
    void cameTo(Digest recipe, long result) {
        results.put(recipe, result);
    }

    /** Whether this is what a step came to last, or it still runs. */
    boolean hasOrAwaits(Digest recipe, long result) {
        return running.containsKey(recipe) || Objects.equals(results.get(recipe), result);
    }

    /** Takes back how a step ended, and what it came to, before it is decided about anew; says what is to be written of that. */
    List<DecisionRow.Ended> reopen(Digest recipe) {
        results.remove(recipe);
        return step(recipe)
                .map(step -> new DecisionRow.Ended(step.number(), Outcome.UNKNOWN, Duration.ZERO, Optional.empty()))
                .stream()
                .toList();
    }

    /** One of the build's jobs hears that a step begins to run. */
    void begins(Digest recipe, Miss run) {
        running.merge(recipe, new Running(run, 1), (before, _) -> new Running(run, before.jobs() + 1));
    }

    /** One of the build's jobs hears no more of a step that runs; says whether another one does. */
    boolean ends(Digest recipe) {
        return running.computeIfPresent(
                        recipe, (_, before) -> before.jobs() > 1 ? new Running(before.run(), before.jobs() - 1) : null)
                != null;
    }

    /** The run of a step that one of the build's jobs hears of. */
    Optional<Miss> run(Digest recipe) {
        return Optional.ofNullable(running.get(recipe)).map(Running::run);
    }

    Optional<Step> step(Digest recipe) {
        return Optional.ofNullable(steps.get(recipe));
    }

    /** The step whose place this one took; itself if it took none's. */
    Digest predecessor(Digest recipe) {
        @Nullable Step step = steps.get(recipe);
        return step == null ? recipe : step.predecessor().orElse(recipe);
    }

    private List<Reason> causes(StepRecord.Input input, Reason.InputChanged change) {
        Optional<Step> step = step(input.recipe());
        Optional<Reason.PolicyChanged> policy = step.flatMap(Step::policyChange);
        if (policy.isPresent() && change.extent() != Reason.Extent.FILES) {
            return List.of(policy.get().through(change));
        }
        Reason own = step.flatMap(Step::upstream)
                .<Reason>map(upstream -> upstream.through(change))
                .orElse(change);
        Origins origins = step.map(Step::origins).orElse(Map.of()).getOrDefault(input.output(), Origins.NONE);
        return switch (change.extent()) {
            case FILES -> origins.divide(change, own);
            // the earlier files are gone; what is known of those that the step passes on is said
            case UNKNOWN -> own instanceof Reason.InputChanged ? origins.all().orElse(List.of(own)) : List.of(own);
            case SAME_FILES, ADDED, REMOVED -> List.of(own);
        };
    }

    /** For the steps of the build. */
    Comparison.Names names(StepTable table) {
        return new Comparison.Names() {
            @Override
            public String name(StepRecord.Input input) throws IOException {
                Optional<Step> known = step(input.recipe());
                return known.isPresent()
                        ? known.get().name()
                        : table.find(input.recipe()).map(StepRecord::name).orElse("an input");
            }

            @Override
            public List<Reason> causes(StepRecord.Input input, Reason.InputChanged change) {
                return BuildState.this.causes(input, change);
            }

            @Override
            public int number(StepRecord.Input input) {
                return step(input.recipe()).map(Step::number).orElse(0);
            }

            @Override
            public Optional<Reuse> policy(StepRecord.Input input) {
                return step(input.recipe()).map(Step::policy);
            }
        };
    }
}
