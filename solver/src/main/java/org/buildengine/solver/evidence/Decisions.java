package org.buildengine.solver.evidence;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.evidence.DecisionRow.Decided;
import org.buildengine.solver.evidence.DecisionRow.Ended;
import org.buildengine.solver.evidence.Succession.Link;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;

/**
 * Writes down what was decided about the steps that builds ask for: remembered, joined, or run and why. What is decided of a step later
 * in the same build takes the place of what was before, if it runs again or comes to another result. Used by the thread of the
 * {@link BuildHistory} only.
 */
final class Decisions {
    /** So many steps of a build are kept; what it asks for beyond them is not. */
    private static final int MOST_STEPS = 20_000;

    private final Snapshotter snapshotter;
    private final ResultStore results;
    private final StepTable steps;
    private final Explainer explainer;

    /**
     * Nothing is decided yet.
     *
     * @param rows with what was decided last
     * @param lasts whether a build has not ended, by its id
     */
    Decisions(Snapshotter snapshotter, BuildRows rows, StepTable steps, Predicate<String> lasts) {
        this.snapshotter = snapshotter;
        this.results = snapshotter.results();
        this.steps = steps;
        this.explainer = new Explainer(snapshotter, rows, steps, lasts);
    }

    /** Whether no more than these many steps of a build are kept, so that others may have followed. */
    static boolean isFull(int steps) {
        return steps >= MOST_STEPS;
    }

    /** A result was used that was there. Of a step that is known in the build, only what another build has made since is news. */
    void remembered(BuildState build, Instant at, Vertex vertex, Lookup how, long result) throws IOException {
        if (isFull(build, vertex) || build.hasOrAwaits(vertex.recipe(), result)) {
            return;
        }
        Optional<StoredResult> found = results.find(result);
        Maker maker = maker(found);
        if (build.has(vertex.recipe())
                && (maker.build().isEmpty() || maker.build().equals(build.id()))) {
            return;
        }
        var known = new StepBatch(steps);
        var decided = needs(build, at, vertex, known);
        List<Ended> reopened = build.reopen(vertex.recipe());
        decided.add(decide(build, vertex, new Decision.Remembered(how, maker.build(), made(found)), maker.run()));
        build.cameTo(vertex.recipe(), result);
        know(build, at, vertex, found, known);
        build.write(decided, reopened, known.changes());
    }

    private static boolean isFull(BuildState build, Vertex vertex) {
        return !build.has(vertex.recipe()) && isFull(build.size());
    }

    /** Nothing was there that may be used: the step runs for the build, or for another one that it joined. */
    void ran(BuildState build, Instant at, Vertex vertex, Miss miss) throws IOException {
        if (isFull(build, vertex) || !build.hears(miss)) {
            return;
        }
        var known = new StepBatch(steps);
        var decided = needs(build, at, vertex, known);
        List<Ended> reopened = build.reopen(vertex.recipe());
        String runner = miss.build();
        if (!runner.isEmpty() && !runner.equals(build.id())) {
            decided.add(decide(build, vertex, new Decision.Joined(runner), miss.number()));
            build.write(decided, reopened, known.changes());
            return;
        }
        StepRecord step =
                StepRecord.of(vertex, build.id(), at).on(miss.inputs()).bringing(sketch(vertex));
        List<Succession> successions = explainer.successions(new Link(vertex, step), miss, build);
        for (Succession earlier : successions.subList(0, successions.size() - 1)) {
            revised(build, earlier).ifPresent(decided::add);
        }
        Explanation why = explainer.explain(successions.getLast(), miss.refusal(), build);
        int number = build.number(vertex.recipe());
        build.put(vertex.recipe(), step(number, vertex, miss.number(), why));
        decided.add(new Decided(number, vertex.recipe(), why.decision(), Optional.of(vertex.reuse()), miss.number()));
        decided.addAll(build.revise(why.swapped()));
        known.add(step, vertex.op());
        known.ranUnder(miss.producer(), step);
        build.write(decided, reopened, known.changes());
    }

    /** What is decided about a step that runs or ran for the build, now that more is known, if it is something else. */
    private Optional<Decided> revised(BuildState build, Succession succession) throws IOException {
        Digest recipe = succession.link().recipe();
        Optional<BuildState.Step> known = build.step(recipe);
        if (known.isEmpty() || !known.get().learnsFrom(succession)) {
            return Optional.empty();
        }
        Vertex vertex = succession.link().vertex();
        Explanation why = explainer.explain(succession, Optional.empty(), build);
        int number = known.get().number();
        Optional<RunNumber> run = known.get().run();
        build.put(recipe, step(number, vertex, run, why));
        return Optional.of(new Decided(number, recipe, why.decision(), Optional.of(vertex.reuse()), run));
    }

    private static BuildState.Step step(int number, Vertex vertex, Optional<RunNumber> run, Explanation why) {
        return new BuildState.Step(
                number,
                StepRecord.abbreviated(vertex.op().describe()),
                why.predecessor(),
                run,
                upstream(vertex, number, why),
                why.policyChange(),
                vertex.reuse(),
                why.place(),
                why.differences().origins(vertex.op()));
    }

    private Optional<TreeSketch> sketch(Vertex vertex) {
        if (!(vertex.op() instanceof TreeOp tree)) {
            return Optional.empty();
        }
        try {
            return TreeSketch.of(snapshotter.tree(tree.snapshot()));
        } catch (IOException e) {
            return Optional.empty(); // the files are gone already, since nobody needed them any more
        }
    }

    /** The step that those who work on this one's result are to look at, if their input is another for it. */
    private static Optional<Reason.Upstream> upstream(Vertex vertex, int number, Explanation why) {
        if (vertex.op() instanceof ExecOp) {
            return Optional.of(
                    new Reason.UpstreamChanged(number, vertex.op().describe(), Reason.Extent.UNKNOWN, List.of(), 0));
        }
        if (!why.differences().itself().isEmpty()) {
            return Optional.empty();
        }
        return why.decision().reasons().stream()
                .filter(Reason.Upstream.class::isInstance)
                .map(Reason.Upstream.class::cast)
                .findFirst();
    }

    /** What {@code vertex} needs and of which nothing was decided: it was not even looked at. */
    private List<Decided> needs(BuildState build, Instant at, Vertex vertex, StepBatch known) throws IOException {
        var decided = new ArrayList<Decided>();
        Deque<Vertex> pending = new ArrayDeque<>();
        Set<Digest> open = new HashSet<>();
        push(vertex, build, pending);
        while (!pending.isEmpty()) {
            Vertex next = pending.peek();
            if (build.has(next.recipe())) {
                pending.pop();
            } else if (open.add(next.recipe())) {
                push(next, build, pending);
            } else {
                pending.pop();
                Optional<StoredResult> found = results.find(KeyKind.RECIPE, next.recipe());
                Maker maker = maker(found);
                var decision = new Decision.Remembered(Lookup.NEEDED_BY_REMEMBERED, maker.build(), made(found));
                decided.add(decide(build, next, decision, maker.run()));
                found.ifPresent(result -> build.cameTo(next.recipe(), result.id()));
                know(build, at, next, found, known);
            }
        }
        return decided;
    }

    private static void push(Vertex vertex, BuildState build, Deque<Vertex> pending) {
        for (InputRef input : vertex.inputs().reversed()) {
            if (!build.has(input.vertex().recipe())) {
                pending.push(input.vertex());
            }
        }
    }

    private static Decided decide(BuildState build, Vertex vertex, Decision decision, Optional<RunNumber> run) {
        int number = build.number(vertex.recipe());
        build.put(
                vertex.recipe(),
                new BuildState.Step(
                        number,
                        StepRecord.abbreviated(vertex.op().describe()),
                        Optional.empty(),
                        run,
                        Optional.empty(),
                        Optional.empty(),
                        vertex.reuse(),
                        Place.TAKEN,
                        Map.of()));
        return new Decided(number, vertex.recipe(), decision, Optional.of(vertex.reuse()), run);
    }

    /** Makes a step known that is remembered from a time of which nothing is. */
    private void know(BuildState build, Instant at, Vertex vertex, Optional<StoredResult> result, StepBatch known)
            throws IOException {
        if (!steps.has(vertex.recipe())) {
            StepRecord step = StepRecord.of(vertex, build.id(), at);
            known.add(
                    result.map(found -> step.succeeded(found.id(), build.id(), at))
                            .orElse(step),
                    vertex.op());
        }
    }

    private Maker maker(Optional<StoredResult> result) throws IOException {
        return result.isEmpty() ? Maker.UNKNOWN : steps.maker(result.get().id()).orElse(Maker.UNKNOWN);
    }

    private static Instant made(Optional<StoredResult> result) {
        return result.map(StoredResult::created).orElse(Instant.EPOCH);
    }
}
