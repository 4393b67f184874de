package org.buildengine.solver.benchmark;

import java.lang.ref.Reference;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.node.NodeSolver;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;

/**
 * How much of the heap a large graph has: described; demanded, while all of it waits for one source; when more jobs wait for it too;
 * and afterwards. Argument: how many steps.
 */
public final class NodesBenchmark {
    private static final int WIDTH = 100;
    private static final int JOBS = 100;
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final int WARM_UP = 2000;

    private final CountDownLatch letGo = new CountDownLatch(1);
    private final NodeSolver solver = new NodeSolver(
            new ForgetfulStore(),
            Runners.builder()
                    .with(SourceOp.class, (_, _, _) -> {
                        letGo.await();
                        return OpRunner.Output.of(Snapshot.EMPTY);
                    })
                    .with(ExecOp.class, (_, _, _) -> OpRunner.Output.of(Snapshot.EMPTY))
                    .build(),
            16,
            InstantSource.system());

    private NodesBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        new NodesBenchmark().run(WARM_UP);
        System.out.println(new NodesBenchmark().run(Integer.parseInt(arguments[0])));
    }

    private String run(int steps) throws InterruptedException {
        long before = Heap.live();
        Vertex graph = graph(steps);
        try {
            return measure(graph, steps, before);
        } finally {
            Reference.reachabilityFence(graph);
        }
    }

    private String measure(Vertex graph, int steps, long before) throws InterruptedException {
        long described = Heap.live();
        var jobs = new ArrayList<Thread>();
        jobs.add(demand(graph));
        // the source below and the step above all others too
        awaitSteps(steps + 2);
        long waiting = Heap.live();
        long threads = Heap.ofVirtualThreads();
        for (int i = 0; i < JOBS; i++) {
            Thread job = demand(graph);
            jobs.add(job);
            awaitRest(job);
        }
        awaitDemands(JOBS + 1);
        long joined = Heap.live();
        threads = Heap.ofVirtualThreads() - threads;
        letGo.countDown();
        for (Thread job : jobs) {
            job.join();
        }
        jobs.clear();
        solver.close(Duration.ofSeconds(60));
        long left = Heap.live() - described;
        return "%d steps, bytes of live heap each: %d described (bound 600), %d more while it waits (bound 2048); "
                        .formatted(steps, (described - before) / steps, (waiting - described) / steps)
                + "each of %d jobs that wait for the last: %d (bound 2048), and %d the thread that asks; "
                        .formatted(JOBS, (joined - waiting - threads) / JOBS, threads / JOBS)
                + "after the build %.2f more than described".formatted((double) left / steps);
    }

    private Thread demand(Vertex vertex) {
        return Thread.ofVirtual().start(() -> {
            try (Job job = solver.open("a job", JobScope.NONE, JobListener.NONE)) {
                job.demand(vertex);
            } catch (SolveException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    /** Waits until so many steps wait, or run; each may wait for several. */
    private void awaitSteps(int count) throws InterruptedException {
        while (solver.waits().stream()
                        .map(Wait::waiter)
                        .filter(waiter -> waiter.kind() == Party.Kind.STEP)
                        .distinct()
                        .count()
                < count) {
            Thread.sleep(PAUSE);
        }
    }

    /** One after the other: waits for locks that many want at once leave larger stacks. */
    private static void awaitRest(Thread job) throws InterruptedException {
        while (job.isAlive() && job.getState() != Thread.State.WAITING) {
            Thread.sleep(PAUSE);
        }
    }

    private void awaitDemands(int count) throws InterruptedException {
        while (solver.waits().stream()
                        .filter(wait -> wait.waiter().kind() == Party.Kind.CLIENT)
                        .count()
                < count) {
            Thread.sleep(PAUSE);
        }
    }

    /** Rows of steps, each of which works on two of the row below, and the lowest on one source. */
    private static Vertex graph(int steps) {
        List<Vertex> below = List.of(Vertex.of(new SourceOp("test", "hangs", Map.of())));
        var row = new ArrayList<Vertex>();
        for (int i = 0; i < steps; i++) {
            var op = ExecOps.of(List.of("step", String.valueOf(i)), List.of(), List.of());
            row.add(Vertex.of(
                    op,
                    below.get(i % below.size()).output(0),
                    below.get((i + 1) % below.size()).output(0)));
            if (row.size() == WIDTH) {
                below = List.copyOf(row);
                row.clear();
            }
        }
        return Vertex.of(
                ExecOps.of(List.of("last"), List.of(), List.of()),
                below.stream().map(each -> each.output(0)).toArray(InputRef[]::new));
    }
}
