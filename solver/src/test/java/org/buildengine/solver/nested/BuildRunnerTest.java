package org.buildengine.solver.nested;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.TreeEditor;
import org.buildengine.snapshotter.conversion.ConversionRules;
import org.buildengine.snapshotter.layer.DiskLayers;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.Runners;
import org.buildengine.solver.node.NodeSolver;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.tree.TreeRunner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Builds over a real store. A definition is the name of a graph, or {@code again}: the same build once more. */
@Timeout(60)
class BuildRunnerTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set before each test
    private Path root;

    @SuppressWarnings("NullAway.Init") // set before each test
    private DiskSnapshotter snapshotter;

    @SuppressWarnings("NullAway.Init") // set before each test
    private NodeSolver solver;

    @SuppressWarnings("NullAway.Init") // set by the tests that need it
    private Vertex graph;

    private int deepest;

    @BeforeEach
    void open() throws IOException {
        snapshotter = DiskSnapshotter.open(
                root,
                new DiskSnapshotter.Options(
                        Optional.of(LayerForm.DIRECTORY),
                        Optional.of("boot"),
                        Duration.ofHours(1),
                        InstantSource.system(),
                        DiskLayers::new,
                        ConversionRules.DEFAULT,
                        () -> {}));
        Runners runners = Runners.builder()
                .with(TreeOp.class, new TreeRunner())
                .with(SourceOp.class, (_, _, _) -> {
                    throw new IOException("nothing to be fetched");
                })
                .with(BuildOp.class, new BuildRunner(snapshotter, (bytes, nesting, _) -> decode(bytes, nesting)))
                .build();
        solver = new NodeSolver(snapshotter, runners, 1, InstantSource.system());
    }

    @AfterEach
    void close() {
        solver.close();
        snapshotter.close();
    }

    private InputRef decode(byte[] bytes, int nesting) throws IOException {
        deepest = Math.max(deepest, nesting);
        return switch (new String(bytes, StandardCharsets.UTF_8)) {
            case "graph" -> graph.output(0);
            case "again" -> again(nesting).output(0);
            case "silent" -> throw new IOException();
            default -> throw new IOException("step 3 has no command");
        };
    }

    private Vertex again(int nesting) throws IOException {
        Vertex tree = tree(BuildOp.DEFINITION, "again");
        return new BuildOp(BuildOp.DEFINITION, nesting).over(tree.output(0));
    }

    private Vertex tree(String name, String content) throws IOException {
        try (TreeEditor editor = snapshotter.edit(Snapshot.EMPTY)) {
            editor.writeFile(name, Attributes.ofMode(0644), content.getBytes(StandardCharsets.UTF_8));
            return tree(editor.commit());
        }
    }

    private Vertex tree(Snapshot snapshot) throws IOException {
        return Vertex.of(new TreeOp(snapshotter.tree(snapshot).digest("", PathFilter.ALL), snapshot, "a tree"));
    }

    private Snapshot build(String path, Vertex tree) throws Exception {
        try (Job job = solver.open("job", JobScope.NONE, JobListener.NONE)) {
            return job.demand(new BuildOp(path, 0).over(tree.output(0)))
                    .outputs()
                    .getFirst();
        }
    }

    @Test
    void treeIsThatOfTheGraphAndCountsByItsContent() throws Exception {
        graph = tree("made", "by the graph");
        var op = new BuildOp("dir/definition", 0);
        Vertex built = op.over(tree("dir/definition", "graph").output(0));
        try (Job job = solver.open("job", JobScope.NONE, JobListener.NONE)) {
            assertThat(job.demand(built).identity()).isEqualTo(job.demand(graph).identity());
            assertThat(job.demand(built).outputs()).isEqualTo(job.demand(graph).outputs());
        }
        assertThat(deepest).isEqualTo(1);
    }

    @Test
    void definitionThatIsMissingIsNamed() {
        assertThatThrownBy(() -> build("app/definition", tree("other", "graph")))
                .hasMessage("there is no app/definition in the tree to build from");
    }

    @Test
    void definitionThatIsNoFileIsNamed() {
        assertThatThrownBy(() -> build("app", tree("app/definition", "graph")))
                .hasMessage("app is a directory, not a file with a definition");
    }

    @Test
    void definitionThatIsTooLongIsNotRead() {
        assertThatThrownBy(() -> build("definition", tree("definition", "x".repeat((16 << 20) + 1))))
                .hasMessage("definition has 16777217 bytes, and a definition may have 16777216 at most");
    }

    @Test
    void whatIsWrongWithADefinitionIsSaidOfIt() {
        assertThatThrownBy(() -> build("definition", tree("definition", "nonsense")))
                .hasMessage("definition: step 3 has no command");
        assertThatThrownBy(() -> build("definition", tree("definition", "silent")))
                .hasMessage("definition: java.io.IOException");
    }

    @Test
    void failureOfAStepIsThatOfTheBuild() {
        graph = Vertex.of(new SourceOp("test", "a", Map.of()));
        assertThatThrownBy(() -> build("definition", tree("definition", "graph")))
                .hasMessage("nothing to be fetched");
    }

    @Test
    void definitionThatBuildsItselfFails() {
        assertThatThrownBy(() -> build(BuildOp.DEFINITION, tree(BuildOp.DEFINITION, "again")))
                .hasMessage("buildkit.llb.definition is in 16 other definitions, and no more may be in each other; "
                        + "perhaps one of them builds itself");
        assertThat(deepest).isEqualTo(BuildOp.DEEPEST);
    }
}
