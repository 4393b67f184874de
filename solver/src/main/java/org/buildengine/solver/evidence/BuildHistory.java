package org.buildengine.solver.evidence;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.evidence.DecisionRow.Decided;
import org.buildengine.solver.evidence.DecisionRow.Ended;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;

/**
 * Writes down what was decided about the steps of builds. Whoever decides only queues it; one thread does the rest, so that
 * nobody waits for the disk, unless the queue is full. Safe for use by several threads.
 */
public final class BuildHistory implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(BuildHistory.class.getName());

    /** So many steps of a build are kept; what it asks for beyond them is not. */
    private static final int MOST_STEPS = 20_000;

    private final Snapshotter snapshotter;
    private final BuildRows rows;
    private final ResultStore results;
    private final StepTable steps;
    private final Explainer explainer;
    private final Retention retention;
    private final InstantSource clock;
    private final Background background = new Background("evidence", Background.USUAL);
    private final EventLogs logs;

    /** The number of the last build of earlier runs of the engine. */
    private final long earlier;

    private final AtomicLong lastNumber;

    /** The builds that have not ended, by number. Touched by the background thread only. */
    private final Map<Long, BuildState> lasting = new TreeMap<>();

    /** The builds of which nothing is written yet, and that have not ended, by number. */
    private final Map<Long, Build> silent = new ConcurrentSkipListMap<>();

    /** Runs that the build left that they ran for, when nobody was known to go on with them. Touched by the background thread only. */
    private final Map<Miss, Departure> departures = new WeakHashMap<>();

    /** How a build left a run. */
    private record Departure(BuildState build, Instant at, Digest recipe, Duration took, Cancellation cause) {}

    private BuildHistory(
            Snapshotter snapshotter, InstantSource clock, int keptBuilds, EventLogs logs, long lastNumber) {
        this.snapshotter = snapshotter;
        this.rows = snapshotter.buildRows();
        this.results = snapshotter.results();
        this.steps = new StepTable(rows);
        this.explainer = new Explainer(snapshotter, steps, this::lasts);
        this.retention = new Retention(rows, results, logs, keptBuilds);
        this.clock = clock;
        this.logs = logs;
        this.earlier = lastNumber;
        this.lastNumber = new AtomicLong(lastNumber);
    }

    /**
     * Goes on with the history in a store.
     *
     * @param keptBuilds how many builds are kept
     * @param logs what the runs of builds print, which goes with them
     */
    public static BuildHistory open(Snapshotter snapshotter, InstantSource clock, int keptBuilds, EventLogs logs)
            throws IOException {
        long last = snapshotter
                .buildRows()
                .lastKey(Kind.BUILD)
                .map(key -> ByteBuffer.wrap(key).getLong())
                .orElse(0L);
        // after a loss of power there may be a log whose build is not known
        var history = new BuildHistory(snapshotter, clock, keptBuilds, logs, Math.max(last, logs.last()));
        history.later(history::recover);
        return history;
    }

    /**
     * A build that begins. It is kept once something is decided about what it asks for, and known as long as it lasts.
     *
     * @param whyEnded asked when it ends: why what still runs is cancelled
     */
    public BuildLog begin(String id, Supplier<Cancellation> whyEnded) {
        long number = lastNumber.incrementAndGet();
        var log = new BuildLog(this, number, id, logs.begin(number), clock, whyEnded);
        silent.put(number, new Build(number, id, log.started(), Optional.empty(), false));
        return log;
    }

    /** Reads what was written, after all that was decided before the call. */
    public HistoryReader read() throws IOException {
        settle();
        return new HistoryReader(snapshotter, steps, earlier, () -> List.copyOf(silent.values()));
    }

    /** The numbers of the steps of a build. */
    public StepNumbers numbers(Build build) {
        return new StepNumbers(this, rows, build);
    }

    /** Waits until all is written that was decided before the call. */
    void settle() throws IOException {
        background.settle();
    }

    private void recover() throws IOException {
        new Recovery(snapshotter, steps).apply(new HistoryReader(snapshotter, steps, earlier, List::of).builds());
    }

    void later(Background.Task task) {
        background.add(task);
    }

    /** The state of a build of which something is written for the first time. */
    BuildState register(long number, String id, Instant started) throws IOException {
        var state = new BuildState(id, number, started);
        lasting.put(number, state);
        var build = new Build(state.number(), id, started, Optional.empty(), false);
        rows.write(List.of(Change.put(Kind.BUILD, build.key(), build.encode())));
        silent.remove(number);
        return state;
    }

    /** A build ended about which nothing was decided: there is nothing to keep. */
    void forget(long number) {
        silent.remove(number);
    }

    private boolean lasts(String id) {
        return lasting.values().stream().anyMatch(build -> build.id().equals(id));
    }

    void remembered(BuildState build, Instant at, Vertex vertex, Lookup how, long result) throws IOException {
        if (build.has(vertex.recipe()) || isFull(build)) {
            return;
        }
        var known = new StepBatch(steps);
        var decided = needs(build, at, vertex, known);
        Optional<StoredResult> found = results.find(result);
        decided.add(decide(build, vertex, new Decision.Remembered(how, maker(found), made(found))));
        know(build, at, vertex, found, known);
        write(build, decided, List.of(), known.changes());
    }

    void ran(BuildState build, Instant at, Vertex vertex, Miss miss) throws IOException {
        build.begins(vertex.recipe(), miss);
        Optional<Departure> departure =
                Optional.ofNullable(departures.get(miss)).filter(left -> left.build() != build);
        if (departure.isPresent()) {
            departures.remove(miss);
            handOver(departure.get(), build);
        }
        if (build.has(vertex.recipe()) || isFull(build)) {
            return;
        }
        var known = new StepBatch(steps);
        var decided = needs(build, at, vertex, known);
        String runner = miss.build();
        if (!runner.isEmpty() && !runner.equals(build.id())) {
            decided.add(decide(build, vertex, new Decision.Joined(runner), Optional.of(miss.producer())));
            write(build, decided, List.of(), known.changes());
            return;
        }
        StepRecord step =
                StepRecord.of(vertex, build.id(), at).on(miss.inputs()).bringing(sketch(vertex));
        Explainer.Explanation why = explainer.explain(vertex, step, miss, build);
        int number = build.size() + 1;
        build.put(
                vertex.recipe(),
                new BuildState.Step(
                        number,
                        step.name(),
                        why.predecessor(),
                        Optional.of(miss.producer()),
                        upstream(vertex, number, why),
                        why.policyChange(),
                        vertex.reuse(),
                        why.place(),
                        why.differences().origins(vertex.op())));
        decided.add(new Decided(number, vertex.recipe(), why.decision(), Optional.of(vertex.reuse())));
        decided.addAll(build.revise(why.rearrangement().revised()));
        known.add(step, vertex.op());
        known.ranUnder(miss.producer(), step);
        write(build, decided, List.of(), known.changes());
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
    private static Optional<Reason.Upstream> upstream(Vertex vertex, int number, Explainer.Explanation why) {
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

    /** A step ended well, or failed. */
    void ended(BuildState build, Instant at, Digest recipe, Outcome outcome, Duration took) throws IOException {
        ended(build, at, recipe, outcome, took, Optional.empty());
    }

    /** A step was cancelled, as far as one of the build's jobs knows. */
    void cancelled(BuildState build, Instant at, Digest recipe, Duration took, Cancellation cause) throws IOException {
        ended(build, at, recipe, Outcome.CANCELLED, took, Optional.of(cause));
    }

    /** A build heard no more of a step that still ran, which goes on if another build waits for it. */
    void left(BuildState build, Instant at, Digest recipe, Duration took, Cancellation cause) throws IOException {
        Optional<Miss> run = build.run(recipe);
        cancelled(build, at, recipe, took, cause);
        if (run.isEmpty() || build.run(recipe).isPresent() || cause == Cancellation.ENGINE_STOPPED) {
            return;
        }
        var departure = new Departure(build, at, recipe, took, cause);
        Optional<BuildState> successor = lasting.values().stream()
                .filter(other -> other != build && other.run(recipe).equals(run))
                .findFirst();
        if (successor.isPresent()) {
            handOver(departure, successor.get());
        } else {
            departures.put(run.get(), departure); // whoever waits for it may not have been heard yet
        }
    }

    /** Writes that what a build left was not cancelled, and whose it is now. */
    private void handOver(Departure left, BuildState successor) throws IOException {
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
        write(left.build(), List.of(), List.of(end), changes);
    }

    private void ended(
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
        var changes = new ArrayList<Change>();
        if (tellsTheEnd(build, step.get(), outcome)) {
            String runner = step.get().build();
            Optional<StoredResult> result =
                    outcome == Outcome.SUCCEEDED ? results.find(KeyKind.RECIPE, recipe) : Optional.empty();
            changes.add(StepTable.put(
                    outcome == Outcome.SUCCEEDED
                            ? step.get().succeeded(result.map(StoredResult::id).orElse(0L), runner, at)
                            : step.get().unfinished(outcome, cause, runner, at)));
            result.ifPresent(made -> changes.add(StepTable.madeBy(made.id(), runner)));
            known.get()
                    .producer()
                    .ifPresent(key -> result.ifPresent(made -> changes.add(StepTable.madeUnder(made.id(), key))));
        }
        write(build, List.of(), List.of(new Ended(known.get().number(), outcome, took, cause)), changes);
    }

    /**
     * Whether a run ended as a build heard it: the one that it ran for knows, unless it goes before the others who joined the run, and
     * they hear that it succeeded.
     */
    private static boolean tellsTheEnd(BuildState build, StepRecord step, Outcome outcome) {
        return switch (outcome) {
            case SUCCEEDED -> true;
            case CANCELLED -> step.build().equals(build.id()) && step.outcome() != Outcome.SUCCEEDED;
            case FAILED, UNKNOWN, LEFT -> step.build().equals(build.id());
        };
    }

    /** A build ends. */
    void ended(BuildState build, Instant at) throws IOException {
        var ended = new Build(build.number(), build.id(), build.started(), Optional.of(at), false);
        rows.write(List.of(Change.put(Kind.BUILD, ended.key(), ended.encode())));
        retention.apply(lasting.keySet());
        lasting.remove(build.number());
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
                decided.add(decide(
                        build, next, new Decision.Remembered(Lookup.NEEDED_BY_REMEMBERED, maker(found), made(found))));
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

    private static Decided decide(BuildState build, Vertex vertex, Decision.Remembered decision) {
        return decide(build, vertex, decision, Optional.empty());
    }

    private static Decided decide(BuildState build, Vertex vertex, Decision decision, Optional<Digest> producer) {
        int number = build.size() + 1;
        build.put(
                vertex.recipe(),
                new BuildState.Step(
                        number,
                        StepRecord.abbreviated(vertex.op().describe()),
                        Optional.empty(),
                        producer,
                        Optional.empty(),
                        Optional.empty(),
                        vertex.reuse(),
                        Place.TAKEN,
                        Map.of()));
        return new Decided(number, vertex.recipe(), decision, Optional.of(vertex.reuse()));
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

    private String maker(Optional<StoredResult> result) throws IOException {
        return result.isEmpty() ? "" : steps.maker(result.get().id()).orElse("");
    }

    private static Instant made(Optional<StoredResult> result) {
        return result.map(StoredResult::created).orElse(Instant.EPOCH);
    }

    private void write(BuildState build, List<Decided> decided, List<Ended> ended, List<Change> changes)
            throws IOException {
        byte[] key = DecisionRow.key(build.number(), build.rows());
        changes.add(Change.put(Kind.DECISION, key, new DecisionRow(decided, ended).encode()));
        rows.write(changes);
        build.wrote();
    }

    private static boolean isFull(BuildState build) {
        return isFull(build.size());
    }

    /** Whether no more than these many steps of a build are kept, so that others may have followed. */
    public static boolean isFull(int steps) {
        return steps >= MOST_STEPS;
    }

    /** Writes what is queued. Nothing is taken any more; closing twice does nothing. */
    @Override
    public void close() {
        try {
            background.settle();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the last evidence was not written: {0}", e.getMessage());
        }
        background.close();
    }
}
