package org.buildengine.server.llb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.buildengine.server.llb.Definitions.exec;
import static org.buildengine.server.llb.Definitions.image;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.buildengine.server.exec.ExecEnvironment;
import org.buildengine.server.exec.ExecFailure;
import org.buildengine.server.exec.ExecRunner;
import org.buildengine.server.exec.ExecSettings;
import org.buildengine.server.file.DiffOpRunner;
import org.buildengine.server.file.FileOpRunner;
import org.buildengine.server.fixture.FakeRun;
import org.buildengine.server.fixture.ImageFixture;
import org.buildengine.server.fixture.RegistryFixture;
import org.buildengine.server.network.NoNetwork;
import org.buildengine.server.registry.ImageResolver;
import org.buildengine.server.registry.RegistryClient;
import org.buildengine.server.registry.RegistrySettings;
import org.buildengine.server.source.ImageSource;
import org.buildengine.server.source.SourceRunner;
import org.buildengine.session.wire.pb.DiffOp;
import org.buildengine.session.wire.pb.Input;
import org.buildengine.session.wire.pb.LowerDiffInput;
import org.buildengine.session.wire.pb.MergeInput;
import org.buildengine.session.wire.pb.MergeOp;
import org.buildengine.session.wire.pb.NetMode;
import org.buildengine.session.wire.pb.Op;
import org.buildengine.session.wire.pb.UpperDiffInput;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.nested.BuildRunner;
import org.buildengine.solver.node.NodeSolver;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.tree.MergeRunner;
import org.buildengine.solver.tree.TreeRunner;
import org.buildengine.solver.waiting.Waits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Builds of definitions that lie in a tree, with the parts of an engine: a store, containers and a registry. */
@Timeout(120)
class LlbBuildIT {
    @TempDir
    private Path directory;

    private RegistryFixture registry;
    private DiskSnapshotter snapshotter;
    private ExecEnvironment environment;
    private RegistryClient client;
    private NodeSolver solver;
    private final Definitions definition = new Definitions();
    private Input alpine = Input.getDefaultInstance();

    @BeforeEach
    void start() throws Exception {
        registry = RegistryFixture.start(directory.resolve("registry"));
        Digest digest = registry.push("team/alpine", "1", ImageFixture.alpine());
        snapshotter = DiskSnapshotter.open(directory.resolve("store"), DiskSnapshotter.Options.defaults());
        environment = ExecEnvironment.open(
                new ExecSettings(
                        ExecSettings.RuntimeChoice.AUTO,
                        new NoNetwork(),
                        false,
                        Path.of("/usr/bin/tini-static"),
                        directory.resolve("run")),
                directory);
        client = new RegistryClient(RegistrySettings.DEFAULT);
        var images = new ImageSource(new ImageResolver(client), client, snapshotter, new Waits(InstantSource.system()));
        solver = new NodeSolver(snapshotter, runners(images), 4, InstantSource.system());
        alpine = definition.add(image(registry.host() + "/team/alpine@" + digest));
    }

    private Runners runners(ImageSource images) {
        return Runners.builder()
                .with(SourceOp.class, new SourceRunner(Map.of(ImageSource.SCHEME, images)))
                .with(TreeOp.class, new TreeRunner())
                .with(org.buildengine.solver.op.MergeOp.class, new MergeRunner(snapshotter))
                .with(FileOp.class, new FileOpRunner(snapshotter))
                .with(org.buildengine.solver.op.DiffOp.class, new DiffOpRunner(snapshotter))
                .with(ExecOp.class, new ExecRunner(environment, snapshotter))
                .with(
                        BuildOp.class,
                        new BuildRunner(snapshotter, new LlbDecoder(images::resolve, Definitions.PLATFORM)))
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        solver.close();
        client.close();
        environment.close();
        snapshotter.close();
        registry.close();
    }

    /** Hears what is run, by the description of the step. */
    private static final class Ran implements JobListener {
        private final ConcurrentLinkedQueue<String> started = new ConcurrentLinkedQueue<>();

        @Override
        public void started(Vertex vertex, Instant at) {
            started.add(vertex.op().describe());
        }
    }

    /** The step that builds a definition, which came as an upload does. */
    private Vertex build(byte[] bytes) throws Exception {
        try (var layer = snapshotter.writeLayer("test")) {
            try (OutputStream file = layer.file(BuildOp.DEFINITION, Attributes.ofMode(0644), bytes.length)) {
                file.write(bytes);
            }
            Snapshot tree = Snapshot.EMPTY.plus(layer.seal().id());
            return new BuildOp(BuildOp.DEFINITION, 0)
                    .over(Vertex.of(new TreeOp(Digest.of(bytes), tree, "upload"))
                            .output(0));
        }
    }

    private Tree built(byte[] bytes, JobListener listener) throws Exception {
        try (Job job = solver.open("test", JobScope.NONE, listener)) {
            StoredResult result = job.demand(build(bytes));
            return snapshotter.tree(result.outputs().getFirst());
        }
    }

    private static String content(Tree tree, String path) throws Exception {
        try (InputStream file = tree.open(tree.find(path).orElseThrow())) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** A definition that leaves in a file what no other run of it leaves. */
    private byte[] stamp(String text) {
        String script =
                "cat /proc/sys/kernel/random/uuid > /stamp; cat /etc/alpine-release > /out; echo " + text + " >> /out";
        Input stamped = definition.add(exec(alpine, "sh", "-c", script));
        return definition.ending(definition.add(exec(stamped, "sh", "-c", "cat /out > /copy")));
    }

    @Test
    void nestedStepsRunOnceAndAreFoundTheNextTime() throws Exception {
        byte[] bytes = stamp("one");
        var first = new Ran();
        var second = new Ran();

        Tree tree = built(bytes, first);
        Tree again = built(bytes, second);

        assertThat(content(tree, "copy")).isEqualTo("3.22.1\none\n");
        assertThat(first.started)
                .filteredOn(step -> step.startsWith("exec"))
                .hasSize(2)
                .doesNotHaveDuplicates();
        assertThat(content(again, "stamp")).isEqualTo(content(tree, "stamp"));
        assertThat(second.started).noneMatch(step -> step.startsWith("exec") || step.startsWith("pull"));
    }

    @Test
    void theSameStepsDescribedDirectlyAreFoundToo() throws Exception {
        byte[] bytes = stamp("one");
        built(bytes, JobListener.NONE);
        var images = new ImageSource(new ImageResolver(client), client, snapshotter, new Waits(InstantSource.system()));
        Vertex direct = new LlbDecoder(images::resolve, Definitions.PLATFORM)
                .decode(bytes, 1, new FakeRun(new BuildOp("d", 0)))
                .vertex();
        var ran = new Ran();

        try (Job job = solver.open("test", JobScope.NONE, ran)) {
            job.demand(direct);
        }

        assertThat(ran.started).isEmpty();
    }

    @Test
    void anotherDefinitionHasAnotherResult() throws Exception {
        assertThat(content(built(stamp("one"), JobListener.NONE), "copy")).isEqualTo("3.22.1\none\n");
        assertThat(content(built(stamp("two"), JobListener.NONE), "copy")).isEqualTo("3.22.1\ntwo\n");
    }

    @Test
    void whatFailsInsideIsTold() {
        byte[] bytes = definition.ending(definition.add(exec(alpine, "sh", "-c", "echo no luck >&2; exit 3")));

        assertThatThrownBy(() -> built(bytes, JobListener.NONE))
                .isInstanceOf(SolveException.class)
                .hasMessageContaining("exit code: 3")
                .rootCause()
                .asInstanceOf(InstanceOfAssertFactories.type(ExecFailure.class))
                .satisfies(failure -> assertThat(failure.stderr()).isEqualTo("no luck"));
    }

    @Test
    void whatIsRefusedIsTold() {
        Op.Builder host = exec(alpine, "true");
        host.getExecBuilder().setNetwork(NetMode.HOST);
        Input refused = definition.add(host);

        assertThatThrownBy(() -> built(definition.ending(refused), JobListener.NONE))
                .isInstanceOf(SolveException.class)
                .hasMessage("buildkit.llb.definition: exec op 1 ("
                        + refused.getDigest().substring(0, 19)
                        + "): the network HOST is not supported in a definition: leave it unset; the step then gets the"
                        + " network that the engine is configured to give");
    }

    private static boolean runs(String command) {
        return ProcessHandle.allProcesses()
                .anyMatch(process -> process.info().commandLine().orElse("").endsWith(command));
    }

    @Test
    void whatNobodyWantsAnyMoreEnds() throws Exception {
        // a number that no other test on the machine has
        String seconds = String.valueOf(1_000_000 + ProcessHandle.current().pid());
        Vertex build = build(definition.ending(definition.add(exec(alpine, "sleep", seconds))));
        Job job = solver.open("test", JobScope.NONE, JobListener.NONE);
        var demand = new FutureTask<>(() -> job.demand(build));
        Thread.ofVirtual().start(demand);
        await().atMost(Duration.ofSeconds(60)).until(() -> runs("sleep " + seconds));

        job.close();

        assertThatThrownBy(() -> demand.get(30, TimeUnit.SECONDS))
                .cause()
                .isInstanceOfSatisfying(
                        SolveException.class, e -> assertThat(e.kind()).isEqualTo(SolveException.Kind.CANCELLED));
        await().atMost(Duration.ofSeconds(30)).until(() -> !runs("sleep " + seconds));
    }

    @Test
    void differencesHideWhatIsGone() throws Exception {
        Input upper = definition.add(exec(alpine, "sh", "-c", "rm /etc/motd; echo new > /etc/new"));
        Input changes = definition.add(Op.newBuilder()
                .addInputs(alpine)
                .addInputs(upper)
                .setDiff(DiffOp.newBuilder()
                        .setLower(LowerDiffInput.newBuilder().setInput(0))
                        .setUpper(UpperDiffInput.newBuilder().setInput(1))));
        Input merged = definition.add(Op.newBuilder()
                .addInputs(alpine)
                .addInputs(changes)
                .setMerge(MergeOp.newBuilder()
                        .addInputs(MergeInput.newBuilder().setInput(0))
                        .addInputs(MergeInput.newBuilder().setInput(1))));

        Tree tree = built(definition.ending(merged), JobListener.NONE);

        assertThat(content(tree, "etc/new")).isEqualTo("new\n");
        assertThat(tree.find("etc/motd")).isEmpty();
        assertThat(tree.find("etc/passwd")).isPresent();
    }
}
