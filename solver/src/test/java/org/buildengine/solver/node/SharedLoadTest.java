package org.buildengine.solver.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.MemorySnapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What many sessions, and long builds, cost each other. */
@Timeout(120)
class SharedLoadTest {
    private static final int SESSIONS = 50;
    private static final int STEPS = 30;

    private final CountingStore store = new CountingStore();
    private final Map<Digest, LongAdder> runs = new ConcurrentHashMap<>();
    private final CountDownLatch letGo = new CountDownLatch(1);

    /** Executions that have begun, in order, and how many may end. */
    private final List<String> begun = new CopyOnWriteArrayList<>();

    private final Semaphore turns = new Semaphore(0);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final NodeSolver solver = new NodeSolver(
            store,
            Runners.builder()
                    .with(SourceOp.class, this::fetch)
                    .with(MergeOp.class, (_, _, run) -> carryOut(run))
                    .with(ExecOp.class, this::execute)
                    .build(),
            4,
            InstantSource.system());

    /** Counts how often it is asked. */
    private static final class CountingStore extends MemorySnapshotter {
        private final AtomicLong finds = new AtomicLong();

        @Override
        public Optional<StoredResult> find(KeyKind kind, Digest key) {
            finds.incrementAndGet();
            return super.find(kind, key);
        }
    }

    private OpRunner.Output fetch(SourceOp op, List<Snapshot> inputs, OpRunner.Run run) throws InterruptedException {
        if (op.pinned().startsWith("hangs")) {
            assertThat(letGo.await(100, TimeUnit.SECONDS)).isTrue();
        }
        return carryOut(run);
    }

    private OpRunner.Output execute(ExecOp op, List<Snapshot> inputs, OpRunner.Run run) throws InterruptedException {
        begun.add(op.args().getFirst());
        assertThat(turns.tryAcquire(100, TimeUnit.SECONDS)).isTrue();
        return carryOut(run);
    }

    /** Gives each step contents of its own, so that no two of a chain are one. */
    private OpRunner.Output carryOut(OpRunner.Run run) {
        Digest recipe = run.vertex().recipe();
        runs.computeIfAbsent(recipe, _ -> new LongAdder()).increment();
        return new OpRunner.Output(List.of(Snapshot.EMPTY), Optional.of(recipe), Map.of(), Set.of());
    }

    private static Vertex source(String name) {
        return Vertex.of(new SourceOp("test", name, Map.of()));
    }

    private static Vertex chain(String name, int steps) {
        Vertex chain = source(name);
        for (int i = 1; i < steps; i++) {
            chain = new Vertex(new MergeOp(), List.of(chain.output(0)));
        }
        return chain;
    }

    private Job session(int number) {
        return solver.open("session " + number, JobScope.NONE, JobListener.NONE);
    }

    @AfterEach
    void stop() throws InterruptedException {
        letGo.countDown();
        turns.release(2000);
        solver.close(Duration.ofSeconds(30));
        threads.shutdownNow();
        assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void eachStepRunsOnceWhenFiftySessionsAskForTheSameBuild() throws Exception {
        var answers = new ArrayList<Future<Long>>();
        for (int i = 0; i < SESSIONS; i++) {
            int number = i;
            answers.add(threads.submit(() -> {
                try (Job job = session(number)) {
                    return job.demand(chain("hangs until all have asked", STEPS))
                            .id();
                }
            }));
        }
        await().atMost(Duration.ofSeconds(60))
                .until(() -> solver.waits().stream()
                                .filter(wait -> wait.waiter().name().startsWith("session"))
                                .count()
                        == SESSIONS);
        letGo.countDown();
        var results = new TreeMap<Long, Integer>();
        for (Future<Long> answer : answers) {
            results.merge(answer.get(), 1, Integer::sum);
        }
        assertThat(results.values()).containsExactly(SESSIONS);
        assertThat(runs.values()).hasSize(STEPS).allMatch(count -> count.sum() == 1);
    }

    /** The other one comes to its end while the source still hangs: here that is not a matter of time. */
    @Test
    void sourceThatHangsDelaysNoOtherSession() throws Exception {
        try (Job stuck = session(1);
                Job other = session(2)) {
            Vertex hanging = chain("hangs", STEPS);
            Future<StoredResult> waiting = threads.submit(() -> stuck.demand(hanging));
            await().until(() -> runs.isEmpty() && solver.waits().size() == STEPS + 1);
            for (int i = 0; i < 100; i++) {
                other.demand(chain("free " + i, STEPS));
            }
            assertThat(waiting).isNotDone();
            assertThat(runs).hasSize(100 * STEPS);
            letGo.countDown();
            waiting.get();
        }
    }

    private static Vertex execution(String name) {
        return Vertex.of(ExecOps.of(List.of(name), List.of(), List.of()));
    }

    private void awaitQueued(int steps) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> solver.waits().stream()
                                .filter(wait -> wait.kind() == Wait.Kind.TURN)
                                .count()
                        == steps);
    }

    @Test
    void sessionWithOneStepIsNotHeldBackByOneWithAThousand() throws Exception {
        try (Job many = session(1);
                Job one = session(2)) {
            for (int i = 0; i < 1000; i++) {
                Vertex step = execution("many " + i);
                Future<StoredResult> _ = threads.submit(() -> many.demand(step));
            }
            awaitQueued(996);
            Future<StoredResult> own = threads.submit(() -> one.demand(execution("one")));
            awaitQueued(997);
            turns.release();
            await().until(() -> begun.size() == 5);
            assertThat(begun.getLast()).isEqualTo("one");

            String last = IntStream.range(0, 1000)
                    .mapToObj(i -> "many " + i)
                    .filter(name -> !begun.contains(name))
                    .reduce((_, later) -> later)
                    .orElseThrow();
            Future<StoredResult> shared = threads.submit(() -> one.demand(execution(last)));
            await().until(() -> solver.waits().stream()
                            .filter(wait -> wait.waiter().name().equals("session 2"))
                            .count()
                    == 2);
            turns.release();
            await().until(() -> begun.size() == 6);
            assertThat(begun.getLast()).isEqualTo(last);
            turns.release(1000);
            assertThat(own.get().id()).isNotEqualTo(shared.get().id());
        }
    }

    /** Work is counted instead of time: a step more costs as much in a long chain as in a short one. */
    @Test
    void chainOfTenThousandStepsTakesLinearWork() throws Exception {
        long thousand = finds("short", 1_000);
        long tenThousand = finds("long", 10_000);
        assertThat(runs)
                .hasSize(11_000)
                .allSatisfy((_, count) -> assertThat(count.sum()).isEqualTo(1));
        assertThat(tenThousand).isLessThanOrEqualTo(10 * thousand);
        assertThat(finds("long", 10_000)).as("when all is remembered").isEqualTo(1);
    }

    private long finds(String name, int steps) throws Exception {
        long before = store.finds.get();
        try (Job job = session(0)) {
            job.demand(chain(name, steps));
        }
        return store.finds.get() - before;
    }
}
