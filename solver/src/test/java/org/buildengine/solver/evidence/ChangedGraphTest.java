package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.Op;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One thing is changed in a random graph: exactly that is told, of every step, however far it is from it. */
class ChangedGraphTest {
    private static final int UPLOADS = 3;
    private static final int STEPS = 14;

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path root;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyStepTellsTheOneChangeAndNothingElse(long seed) throws Exception {
        try (var site = new EvidenceSite(root)) {
            List<Vertex> before = graph(site, seed, -1);
            int mutated = mutated(before, seed);
            site.build("before", before.toArray(Vertex[]::new));
            List<Vertex> after = graph(site, seed, mutated);
            site.build("after", after.toArray(Vertex[]::new));
            site.restart();

            Set<Digest> changed = new HashSet<>();
            for (int i = 0; i < STEPS; i++) {
                Vertex vertex = after.get(i);
                if (vertex.recipe().equals(before.get(i).recipe())) {
                    assertThat(site.evidence("after", vertex).decision())
                            .as("seed %d, %d mutated, step %d", seed, mutated, i)
                            .isInstanceOf(Decision.Remembered.class);
                    continue;
                }
                boolean itself = vertex.inputs().stream()
                        .noneMatch(input -> changed.contains(input.vertex().recipe()));
                List<Reason> reasons = site.reasons("after", vertex);
                if (itself) {
                    assertThat(reasons)
                            .as("seed %d, %d mutated", seed, mutated)
                            .singleElement()
                            .isInstanceOf(own(vertex));
                } else {
                    int number = site.evidence("after", after.get(mutated)).number();
                    assertThat(reasons)
                            .as("seed %d, %d mutated, step %d", seed, mutated, i)
                            .isNotEmpty()
                            .allMatch(reason -> madeOtherwise(reason)
                                    || tells(reason, after.get(mutated).op(), number));
                }
                changed.add(vertex.recipe());
            }
            assertThat(changed).isNotEmpty();
            assertThat(bytesPerStep(site)).isLessThan(1000);
        }
    }

    /** The place of some vertex that is no merge. */
    private static int mutated(List<Vertex> graph, long seed) {
        int mutated = new Random(~seed).nextInt(STEPS);
        while (graph.get(mutated).op() instanceof MergeOp) {
            mutated = (mutated + 1) % STEPS;
        }
        return mutated;
    }

    private static Class<?> own(Vertex vertex) {
        return vertex.op() instanceof TreeOp ? Reason.InputChanged.class : Reason.OperationChanged.class;
    }

    /** Whether a reason says that files were overwritten on their way. */
    private static boolean madeOtherwise(Reason reason) {
        return switch (reason) {
            case Reason.InputChanged change -> change.extent() == Reason.Extent.SAME_FILES;
            case Reason.UpstreamChanged change -> change.extent() == Reason.Extent.SAME_FILES;
            default -> false;
        };
    }

    /** Whether a reason names what was changed, and the one file that is another by it. */
    private static boolean tells(Reason reason, Op changed, int number) {
        return switch (reason) {
            case Reason.InputChanged change ->
                changed instanceof TreeOp
                        && change.input().equals(changed.describe())
                        && change.files().size() == 1;
            case Reason.UpstreamChanged change ->
                changed instanceof ExecOp
                        && change.step() == number
                        && change.files().size() == 1;
            default -> false;
        };
    }

    /** A graph that is the same for the same seed, but for one vertex; a merge is never that one. */
    private static List<Vertex> graph(EvidenceSite site, long seed, int mutated) throws Exception {
        var random = new Random(seed);
        var vertices = new ArrayList<Vertex>();
        for (int i = 0; i < STEPS; i++) {
            boolean changes = i == mutated;
            if (i < UPLOADS) {
                vertices.add(site.upload("tree " + i, "file-" + i, changes ? "new" : "old", "other-" + i, "same"));
                continue;
            }
            var inputs = new ArrayList<InputRef>();
            for (int left = 1 + random.nextInt(3); left > 0; left--) {
                inputs.add(vertices.get(random.nextInt(i)).output(0));
            }
            boolean merges = random.nextBoolean() && !changes;
            vertices.add(
                    merges
                            ? new Vertex(new MergeOp(), inputs)
                            : new Vertex(
                                    EvidenceSite.command("run " + i + (changes ? " new" : " old"))
                                            .op(),
                                    inputs));
        }
        return vertices;
    }

    private static double bytesPerStep(EvidenceSite site) throws Exception {
        var bytes = new AtomicLong();
        for (BuildRows.Kind kind : BuildRows.Kind.values()) {
            site.snapshotter
                    .buildRows()
                    .scan(kind, new byte[0], (key, value) -> bytes.addAndGet(key.length + value.length));
        }
        HistoryReader reader = site.history.read();
        int steps = 0;
        for (Build build : reader.builds()) {
            steps += reader.steps(build).size();
        }
        return (double) bytes.get() / steps;
    }
}
