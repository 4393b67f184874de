package org.buildengine.solver.node;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.MemorySnapshotter;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.Runners;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** Nodes that claim producer keys and give them up: a key is that node's which came first, until that one gives it up. */
@Param(name = "node", gen = IntGen.class, conf = "0:1")
@Param(name = "key", gen = IntGen.class, conf = "0:1")
public class ClaimsLincheckTest {
    private static final List<Digest> KEYS = List.of(Digest.of("one"), Digest.of("two"));
    private static final OwnRuns RUNS = new OwnRuns();

    private final NodeSolver solver =
            new NodeSolver(new MemorySnapshotter(), Runners.builder().build(), 1, InstantSource.system());
    private final List<Node> nodes = List.of(node("one"), node("two"));

    private static Node node(String name) {
        Vertex vertex = Vertex.of(new SourceOp("test", name, Map.of()));
        return new Node(
                vertex,
                vertex.recipe(),
                new Circle(RUNS, RUNS),
                CompletableFuture.completedFuture(null),
                InstantSource.system());
    }

    /** Whose the key is when this node has asked for it. */
    @Operation
    public int claim(@Param(name = "key") int key, @Param(name = "node") int node) {
        return nodes.indexOf(solver.claim(KEYS.get(key), nodes.get(node)).orElse(nodes.get(node)));
    }

    @Operation
    public void unclaim(@Param(name = "key") int key, @Param(name = "node") int node) {
        solver.unclaim(KEYS.get(key), nodes.get(node));
    }

    @Test
    void noOrderGivesAKeyToTwo() {
        new ModelCheckingOptions()
                .iterations(5)
                .invocationsPerIteration(50)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(0)
                .actorsAfter(1)
                .check(ClaimsLincheckTest.class);
    }
}
