package org.buildengine.solver.benchmark;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Snapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.node.NodeSolver;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.SourceOp;

/** Steps that do nothing, so that what they take is the solver's. */
final class EmptySteps {
    private EmptySteps() {}

    /** A solver whose sources and executions leave an empty tree at once, another one each. */
    static NodeSolver solver(Snapshotter snapshotter) {
        Runners runners = Runners.builder()
                .with(SourceOp.class, (_, _, run) -> output(run))
                .with(ExecOp.class, (_, _, run) -> output(run))
                .build();
        return new NodeSolver(snapshotter, runners, 16, InstantSource.system());
    }

    private static OpRunner.Output output(OpRunner.Run run) {
        return new OpRunner.Output(
                List.of(Snapshot.EMPTY), Optional.of(run.vertex().recipe()), Map.of(), Set.of());
    }
}
