package org.buildengine.solver.node;

import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.buildengine.solver.Headroom;
import org.buildengine.solver.MemorySnapshotter;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.Runners;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Demands of one vertex that come and go while its node is on its way to run: who demands gets a node that goes on, and of all the
 * nodes one at most is launched, since each waits for the end of the one before.
 */
@Param(name = "who", gen = IntGen.class, conf = "0:1")
public class DemandsLincheckTest {
    private static final OwnRuns RUNS = new OwnRuns();
    private static final Circle CIRCLE = new Circle(RUNS, RUNS);
    private static final Vertex VERTEX = Vertex.of(new SourceOp("test", "v", Map.of()));

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicInteger launched = new AtomicInteger();
    private final AtomicReferenceArray<@Nullable Demand> demands = new AtomicReferenceArray<>(2);
    private final NodeSolver solver = new NodeSolver(
            new MemorySnapshotter(), Runners.builder().build(), 1, Headroom.AMPLE, InstantSource.system(), _ -> {
                launched.incrementAndGet();
                return new Thread(() -> {});
            });

    /** Whether the node goes on that is there for a demand. */
    @Operation
    public boolean demand(@Param(name = "who") int who) {
        asked.incrementAndGet();
        Demand demand = solver.demand(VERTEX, Audience.NOBODY, CIRCLE);
        boolean goesOn = !demand.node().cancellation().isDone();
        Demand before = demands.getAndSet(who, demand);
        if (before != null) {
            before.close();
        }
        return goesOn;
    }

    @Operation
    public void close(@Param(name = "who") int who) {
        Demand demand = demands.getAndSet(who, null);
        if (demand != null) {
            demand.close();
        }
    }

    @Validate
    public void oneNodeIsLaunchedIfAnyIsDemanded() {
        if (launched.get() != Math.min(1, asked.get())) {
            throw new IllegalStateException(launched + " nodes were launched for " + asked + " demands");
        }
    }

    @Test
    void noOrderGivesADemandToANodeThatIsBeingCancelled() {
        new ModelCheckingOptions()
                .iterations(5)
                .invocationsPerIteration(50)
                .threads(2)
                .actorsPerThread(2)
                .actorsBefore(1)
                .actorsAfter(1)
                .check(DemandsLincheckTest.class);
    }
}
