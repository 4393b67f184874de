package org.buildengine.solver.evidence;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.conversion.ConversionRules;
import org.buildengine.snapshotter.layer.DiskLayers;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.Event;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.events.LogReader;
import org.buildengine.solver.nested.BuildRunner;
import org.buildengine.solver.node.NodeSolver;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.tree.MergeRunner;
import org.buildengine.solver.tree.TreeRunner;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A solver over a real store, whose commands print their words and write them to a file. Those with the word {@code fail} fail, those
 * with {@code date} write the time too. What is mounted stays as it is. As an extension of a test class it is opened anew for each test.
 */
final class EvidenceSite implements AutoCloseable, BeforeEachCallback, AfterEachCallback {
    private static final int KEPT_BUILDS = 100;

    /** What commands with the word {@code slow} wait for when they have printed their words. */
    final CountDownLatch gate = new CountDownLatch(1);

    /** Whether commands fail from now on. */
    boolean broken;

    /** The command that fails from now on, if one does. */
    String failing = "";

    Instant now = Instant.parse("2026-01-01T00:00:00Z");

    /** What definitions describe, by their text. */
    final Map<String, InputRef> definitions = new HashMap<>();

    /** Where all is. */
    @SuppressWarnings("NullAway.Init") // set before each test
    Path root;

    @SuppressWarnings("NullAway.Init") // set when it is opened, as those below
    EventLogs logs;

    @SuppressWarnings("NullAway.Init")
    DiskSnapshotter snapshotter;

    @SuppressWarnings("NullAway.Init")
    BuildHistory history;

    /** Those of the history. */
    @SuppressWarnings("NullAway.Init")
    MortalRows rows;

    @SuppressWarnings("NullAway.Init")
    private NodeSolver solver;

    /** How many decisions are written at once. */
    int together = 64;

    private int keptBuilds = KEPT_BUILDS;
    private long mostLogBytes = Long.MAX_VALUE;

    /** A site that is open, and empty, during each test of the class that has it as an extension. */
    EvidenceSite() {}

    /** A site that is open in an empty directory. */
    EvidenceSite(Path root) throws IOException {
        this.root = root;
        open();
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        root = Files.createTempDirectory("evidence");
        open();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        close();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Opens it as it was left. */
    void open() throws IOException {
        snapshotter = store();
        logs = logs();
        history = history();
        solver = newSolver();
    }

    /** The same, from now on with other limits. */
    void reopen(int builds, long logBytes) throws IOException {
        keptBuilds = builds;
        mostLogBytes = logBytes;
        restart();
    }

    private DiskSnapshotter store() throws IOException {
        return DiskSnapshotter.open(
                root,
                new DiskSnapshotter.Options(
                        Optional.of(LayerForm.DIRECTORY),
                        Optional.of("boot"),
                        Duration.ofHours(1),
                        () -> now,
                        DiskLayers::new,
                        ConversionRules.DEFAULT,
                        () -> {}));
    }

    private EventLogs logs() throws IOException {
        return EventLogs.open(root.resolve("events"), mostLogBytes);
    }

    private BuildHistory history() throws IOException {
        rows = new MortalRows(snapshotter.buildRows());
        return BuildHistory.open(rows.in(snapshotter), () -> now, keptBuilds, logs, together);
    }

    private NodeSolver newSolver() {
        Runners runners = Runners.builder()
                .with(TreeOp.class, new TreeRunner())
                .with(SourceOp.class, (_, _, _) -> sameBytes())
                .with(MergeOp.class, new MergeRunner(snapshotter))
                .with(ExecOp.class, this::execute)
                .with(BuildOp.class, new BuildRunner(snapshotter, (definition, _, _) -> described(definition)))
                .build();
        return new NodeSolver(snapshotter, runners, 4, () -> now);
    }

    private InputRef described(byte[] definition) {
        return Objects.requireNonNull(definitions.get(new String(definition, StandardCharsets.UTF_8)));
    }

    private static OpRunner.Output sameBytes() {
        return new OpRunner.Output(
                List.of(Snapshot.EMPTY), Optional.of(Digest.of("the same bytes")), Map.of(), Set.of());
    }

    private OpRunner.Output execute(ExecOp op, List<Snapshot> inputs, OpRunner.Run run) throws Exception {
        run.output(1, (String.join(" ", op.args()) + "\n").getBytes(StandardCharsets.UTF_8));
        if (op.args().contains("slow") && !gate.await(10, TimeUnit.SECONDS)) {
            throw new IOException("nobody let it go on");
        }
        if (op.args().contains("slow")) {
            run.output(2, "let go\n".getBytes(StandardCharsets.UTF_8));
        }
        if (broken
                || failing.equals(String.join(" ", op.args()))
                || (op.args().contains("fail") && !now.isAfter(Instant.parse("2026-01-01T00:00:00Z")))) {
            throw new IOException("exit code 1");
        }
        try (TreeEditor editor = snapshotter.edit(inputs.getFirst())) {
            String text = String.join(" ", op.args()) + op.env() + (op.args().contains("date") ? now : "");
            editor.writeFile(
                    "made by " + op.args().getFirst(), Attributes.ofMode(0644), text.getBytes(StandardCharsets.UTF_8));
            var outputs = new ArrayList<>(List.of(editor.commit()));
            for (ExecOp.ExecMount mount : op.mounts()) {
                if (mount instanceof ExecOp.ExecMount.Tree tree
                        && tree.writable().isPresent()) {
                    outputs.add(inputs.get(tree.input()));
                }
            }
            return new OpRunner.Output(outputs, Optional.empty(), Map.of(), Set.of());
        }
    }

    /** Closes all and opens it again, as a restart of the daemon does. */
    void restart() throws IOException {
        close();
        open();
    }

    /** Removes the result of a step, and all else; what a build had is let go a moment after its end. */
    void prune(String policy, Vertex vertex) {
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            snapshotter.collector().prune(List.of(CachePolicy.everything(policy)));
            return snapshotter.results().find(KeyKind.RECIPE, vertex.recipe()).isEmpty();
        });
    }

    /** One build that demands these steps, one after the other, until all that is to be kept of it is written. */
    void build(String id, Vertex... vertices) throws InterruptedException, IOException {
        try (BuildLog log = history.begin(id, () -> Cancellation.CLIENT_ENDED);
                Job job = solver.open(id, JobScope.NONE, log)) {
            for (Vertex vertex : vertices) {
                job.demand(vertex);
            }
        } catch (SolveException e) {
            // what failed is told by the evidence
        }
        history.read();
        now = now.plusSeconds(60);
    }

    NodeSolver solver() {
        return solver;
    }

    /** The evidence of one step of a build. */
    Evidence evidence(String build, Vertex vertex) throws IOException {
        HistoryReader reader = history.read();
        return reader.steps(reader.build(build)).stream()
                .filter(step -> step.recipe().equals(vertex.recipe()))
                .findFirst()
                .orElseThrow();
    }

    /** What the run printed that a step of a build got its result of; empty if it has none in a log. */
    Optional<String> output(String build, Vertex vertex) throws Exception {
        HistoryReader reader = history.read();
        RunReference run = reader.runOf(reader.build(build), evidence(build, vertex));
        if (run.kept().isEmpty()) {
            return Optional.empty();
        }
        Optional<EventLog> log = logs.find(run.kept().get().number());
        if (log.isEmpty()) {
            return Optional.empty();
        }
        var text = new StringBuilder();
        var runs = new ArrayList<Integer>();
        for (Event event : events(log.get())) {
            if (event instanceof Event.Began began && run.isOf(began)) {
                runs.add(began.run());
            } else if (event instanceof Event.Printed printed && runs.contains(printed.run())) {
                text.append(new String(printed.bytes(), StandardCharsets.UTF_8));
            }
        }
        return runs.isEmpty() ? Optional.empty() : Optional.of(text.toString());
    }

    /** All that a log has. */
    static List<Event> events(EventLog log) throws Exception {
        var events = new ArrayList<Event>();
        try (LogReader all = log.read()) {
            while (!all.atEnd()) {
                all.next(Duration.ZERO).ifPresent(events::add);
            }
        }
        return events;
    }

    /** What the run left that a step of a build got its result of. */
    Optional<StoredResult> result(String build, Vertex vertex) throws IOException {
        HistoryReader reader = history.read();
        Evidence step = evidence(build, vertex);
        return reader.resultOf(step, reader.runOf(reader.build(build), step));
    }

    List<Reason> reasons(String build, Vertex vertex) throws IOException {
        return ((Decision.Ran) evidence(build, vertex).decision()).reasons();
    }

    /** A tree of the caller's machine; files are given as path and content by turns. */
    Vertex upload(String name, String... files) throws IOException {
        Snapshot snapshot = Snapshot.EMPTY;
        try (TreeEditor editor = snapshotter.edit(Snapshot.EMPTY)) {
            for (int i = 0; i < files.length; i += 2) {
                editor.writeFile(files[i], Attributes.ofMode(0644), files[i + 1].getBytes(StandardCharsets.UTF_8));
            }
            snapshot = editor.commit();
        }
        return Vertex.of(new TreeOp(snapshotter.tree(snapshot).digest("", PathFilter.ALL), snapshot, "upload " + name));
    }

    /** Something fetched from a place; wherever from, it is the same. */
    static Vertex fetched(String place) {
        return Vertex.of(new SourceOp("place", place, Map.of()));
    }

    static Vertex command(String words, Vertex... inputs) {
        return command(List.of("PATH=/bin"), words, inputs);
    }

    static Vertex command(List<String> env, String words, Vertex... inputs) {
        var op = ExecOps.of(List.of(words.split(" ")), env, List.of());
        return new Vertex(op, refs(inputs));
    }

    /** A command that may not use everybody's results. */
    static Vertex command(Reuse reuse, String words, Vertex... inputs) {
        return new Vertex(command(words).op(), refs(inputs), reuse);
    }

    static Vertex merge(Vertex... inputs) {
        return new Vertex(new MergeOp(), refs(inputs));
    }

    private static List<InputRef> refs(Vertex... inputs) {
        return Arrays.stream(inputs).map(input -> input.output(0)).toList();
    }

    @Override
    public void close() {
        solver.close();
        history.close();
        snapshotter.close();
    }
}
