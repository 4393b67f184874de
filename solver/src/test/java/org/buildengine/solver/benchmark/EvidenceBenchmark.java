package org.buildengine.solver.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.evidence.BuildHistory;
import org.buildengine.solver.evidence.BuildLog;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.node.NodeSolver;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/**
 * How much evidence a build leaves per step: the first, one that is remembered, and one whose first step has another variable, as
 * keys and values of rows. Arguments: the root of a store, how many steps, and how many variables each of them has, from four on.
 */
public final class EvidenceBenchmark {
    private final DiskSnapshotter snapshotter;
    private final BuildHistory history;
    private final NodeSolver solver;
    private final int steps;
    private final int variables;

    private EvidenceBenchmark(DiskSnapshotter snapshotter, BuildHistory history, int steps, int variables) {
        this.snapshotter = snapshotter;
        this.history = history;
        this.steps = steps;
        this.variables = variables;
        this.solver = EmptySteps.solver(snapshotter);
    }

    public static void main(String[] arguments) throws Exception {
        try (var snapshotter = DiskSnapshotter.open(Path.of(arguments[0]), DiskSnapshotter.Options.defaults());
                var history = BuildHistory.open(
                        snapshotter,
                        InstantSource.system(),
                        400,
                        EventLogs.open(Path.of(arguments[0], "events"), Long.MAX_VALUE))) {
            new EvidenceBenchmark(snapshotter, history, Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]))
                    .run();
        }
    }

    private void run() throws Exception {
        try (solver) {
            System.out.printf(
                    "evidence of %d steps of %d variables, bytes of rows per step: first %d, remembered %d, after a change %d (bound 1000)%n",
                    steps, variables, build("a", "1"), build("b", "1"), build("c", "2"));
        }
    }

    private long build(String id, String variable) throws Exception {
        long before = bytes();
        try (BuildLog log = history.begin(id + "b1f3c7d2a9e84f60", () -> Cancellation.CLIENT_ENDED);
                Job job = solver.open(id, JobScope.NONE, log)) {
            job.demand(chain(variable));
        }
        history.read();
        return (bytes() - before) / steps;
    }

    private long bytes() throws IOException {
        var bytes = new AtomicLong();
        for (BuildRows.Kind kind : BuildRows.Kind.values()) {
            snapshotter
                    .buildRows()
                    .scan(kind, new byte[0], (key, value) -> bytes.addAndGet((long) key.length + value.length));
        }
        return bytes.get();
    }

    /** Commands as builds have them. */
    private Vertex chain(String variable) {
        Vertex chain = Vertex.of(new SourceOp("test", "a", Map.of()));
        for (int i = 0; i < steps; i++) {
            var environment = new ArrayList<>(List.of(
                    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "HOME=/root",
                    "LANG=C.UTF-8",
                    "CI=" + variable));
            while (environment.size() < variables) {
                String name = "SETTING_" + environment.size();
                environment.add(name + "=" + Digest.of(name).hex().substring(0, 20));
            }
            var op =
                    ExecOps.of(List.of("sh", "-c", "npm run build --workspace packages/p" + i), environment, List.of());
            chain = Vertex.of(op, chain.output(0));
        }
        return chain;
    }
}
