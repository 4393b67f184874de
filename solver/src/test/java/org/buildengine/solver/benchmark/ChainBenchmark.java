package org.buildengine.solver.benchmark;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.MemorySnapshotter;
import org.buildengine.solver.node.NodeSolver;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;

/**
 * What chains of steps that do nothing cost the solver, run and then remembered, in threads with small stacks. Arguments: lengths.
 */
public final class ChainBenchmark {
    private static final int WARM_UPS = 20;
    private static final int WARM_UP = 1000;

    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private ChainBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            measure(WARM_UP);
        }
        for (String length : arguments) {
            System.out.println(measure(Integer.parseInt(length)));
        }
    }

    private static String measure(int length) throws Exception {
        Vertex chain = chain(length);
        try (NodeSolver solver = EmptySteps.solver(new MemorySnapshotter())) {
            Cost run = cost(() -> demand(solver, chain));
            // a chain of which only the last result is unknown, so that it is keyed from the source up
            Cost remembered = cost(() -> demand(solver, chain(length + 1)));
            return "chain of %d: %s per step; one step more: %s in all"
                    .formatted(length, run.over(length), remembered.over(1));
        }
    }

    private record Cost(Duration clock, Duration processor) {
        String over(int steps) {
            return "%.3f ms, %.3f of the processors"
                    .formatted(clock.toNanos() / 1e6 / steps, processor.toNanos() / 1e6 / steps);
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static Cost cost(Work work) throws Exception {
        long processor = PROCESS.getProcessCpuTime();
        long start = System.nanoTime();
        work.run();
        return new Cost(
                Duration.ofNanos(System.nanoTime() - start), Duration.ofNanos(PROCESS.getProcessCpuTime() - processor));
    }

    private static void demand(NodeSolver solver, Vertex vertex) throws Exception {
        try (Job job = solver.open("a job", JobScope.NONE, JobListener.NONE)) {
            job.demand(vertex);
        }
    }

    private static Vertex chain(int length) {
        Vertex chain = Vertex.of(new SourceOp("test", "a", Map.of()));
        for (int i = 0; i < length; i++) {
            chain = Vertex.of(ExecOps.of(List.of("step", String.valueOf(i)), List.of(), List.of()), chain.output(0));
        }
        return chain;
    }
}
