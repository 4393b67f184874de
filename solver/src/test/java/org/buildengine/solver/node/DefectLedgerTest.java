package org.buildengine.solver.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.MemorySnapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.key.Keys;
import org.buildengine.solver.op.FileAction;
import org.buildengine.solver.op.FileOp;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.TreeOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Defects that other engines had, each as a test that would find it here. The numbers are those of the list in {@code
 * docs/dev/simulator.md}, which also says where the ones that are missing here are tested.
 */
@Timeout(30)
class DefectLedgerTest {
    private final Store store = new Store();
    private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();
    private final Map<String, Step> steps = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final NodeSolver solver = new NodeSolver(
            store,
            Runners.builder()
                    .with(SourceOp.class, (op, inputs, run) -> carryOut(op.pinned(), inputs, run))
                    .with(MergeOp.class, (op, inputs, run) -> carryOut("merge", inputs, run))
                    .with(FileOp.class, (op, inputs, run) -> carryOut("file", inputs, run))
                    .with(TreeOp.class, (op, inputs, run) -> addressed(op.snapshot(), op.content()))
                    .build(),
            4,
            InstantSource.system());

    private interface Step {
        OpRunner.Output run(List<Snapshot> inputs, OpRunner.Run run) throws Exception;
    }

    /** Remembers who holds what, and fails to read trees when it is told to. */
    private static final class Store extends MemorySnapshotter {
        private final Map<Owner, Set<Long>> held = new ConcurrentHashMap<>();
        private volatile boolean unreadable;
        private volatile boolean keepsNobody;

        @Override
        public Tree tree(Snapshot snapshot) throws IOException {
            if (unreadable) {
                throw new IOException("the index of the layer is damaged");
            }
            return super.tree(snapshot);
        }

        @Override
        public Owner owner(String name) {
            return new Owner() {
                @Override
                public boolean hold(long result) {
                    return held.computeIfAbsent(this, _ -> ConcurrentHashMap.newKeySet())
                            .add(result);
                }

                @Override
                public void close() {
                    held.remove(this);
                    if (keepsNobody) {
                        throw new IllegalStateException("what " + name + " held cannot be let go");
                    }
                }
            };
        }

        Set<Long> held() {
            var all = new HashSet<Long>();
            held.values().forEach(all::addAll);
            return all;
        }
    }

    private OpRunner.Output carryOut(String name, List<Snapshot> inputs, OpRunner.Run run) throws Exception {
        runs.computeIfAbsent(name, _ -> new AtomicInteger()).incrementAndGet();
        return steps.getOrDefault(name, (_, _) -> OpRunner.Output.of(Snapshot.EMPTY))
                .run(inputs, run);
    }

    private static OpRunner.Output addressed(Snapshot tree, Digest content) {
        return new OpRunner.Output(List.of(tree), Optional.of(content), Map.of(), Set.of());
    }

    private static Snapshot tree(String content) {
        return new Snapshot(List.of(new LayerId(content)));
    }

    private static Vertex source(String name) {
        return Vertex.of(new SourceOp("test", name, Map.of()));
    }

    private static Vertex merge(Vertex... inputs) {
        return new Vertex(
                new MergeOp(), Arrays.stream(inputs).map(v -> v.output(0)).toList());
    }

    private Job job() {
        return solver.open("test job", JobScope.NONE, JobListener.NONE);
    }

    private int runsOf(String name) {
        return runs.getOrDefault(name, new AtomicInteger()).get();
    }

    @AfterEach
    void nothingIsLeftAfterwards() throws InterruptedException {
        solver.close(Duration.ofSeconds(5));
        threads.shutdownNow();
        assertThat(threads.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void item05AKeyThatCannotBeMadeFailsTheStepInsteadOfBeingEmpty() throws Exception {
        var copy = new FileAction.Copy(
                1,
                "/a",
                "/b",
                List.of(),
                List.of(),
                false,
                Optional.empty(),
                OptionalInt.empty(),
                FileAction.Copy.Kind.FILE);
        Vertex reads = Vertex.of(
                new FileOp(List.of(copy)),
                source("root").output(0),
                source("context").output(0));
        store.unreadable = true;
        try (Job job = job()) {
            assertThatThrownBy(() -> job.demand(reads))
                    .isInstanceOfSatisfying(
                            SolveException.class, e -> assertThat(e.kind()).isEqualTo(SolveException.Kind.FAILED))
                    .hasMessage("the index of the layer is damaged");
        }
        assertThat(runsOf("file")).isZero();
    }

    @Test
    void item09ProgressThatBreaksEndsNeitherTheDaemonNorTheBuild() throws Exception {
        JobListener breaking = new JobListener() {
            @Override
            public void started(Vertex vertex, Instant at) {
                throw new IllegalStateException("loop detected");
            }
        };
        Logger log = Logger.getLogger(GuardedListener.class.getName());
        log.setLevel(Level.OFF);
        try (Job watched = solver.open("watched", JobScope.NONE, breaking);
                Job other = job()) {
            long made = watched.demand(merge(source("a"))).id();
            assertThat(other.demand(merge(source("a"))).id()).isEqualTo(made);
        } finally {
            log.setLevel(null);
        }
        assertThat(runsOf("a")).isEqualTo(1);
    }

    /** Bytes that a step wrote are passed on and kept by nobody here, also while the step and its job go on. */
    @Test
    void item10OutputOfAStepIsNotKept() throws Exception {
        var written = new ArrayList<WeakReference<byte[]>>();
        var heard = new AtomicLong();
        var release = new CountDownLatch(1);
        var wrote = new CountDownLatch(1);
        steps.put("chatty", (_, run) -> {
            for (int i = 0; i < 64; i++) {
                byte[] bytes = new byte[1 << 16];
                written.add(new WeakReference<>(bytes));
                run.output(1, bytes);
            }
            wrote.countDown();
            assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        JobListener counting = new JobListener() {
            @Override
            public void output(Vertex vertex, OutputPiece piece) {
                heard.addAndGet(piece.bytes().length);
            }
        };
        try (Job job = solver.open("listening", JobScope.NONE, counting)) {
            Future<StoredResult> running = threads.submit(() -> job.demand(source("chatty")));
            assertThat(wrote.await(10, TimeUnit.SECONDS)).isTrue();
            await().untilAsserted(() -> {
                System.gc();
                assertThat(written).allMatch(chunk -> chunk.get() == null);
            });
            release.countDown();
            running.get();
        }
        assertThat(heard).hasValue(64 << 16);
    }

    @Test
    void item11StartCancelStartOfOneStepEndsWell() throws Exception {
        for (int round = 0; round < 100; round++) {
            Vertex graph = merge(merge(source("a" + round), source("b")), source("a" + round));
            Job leaving = job();
            Future<StoredResult> given = threads.submit(() -> leaving.demand(graph));
            LockSupport.parkNanos(10_000L * round);
            leaving.close();
            try (Job staying = job()) {
                assertThat(staying.demand(graph).outputs()).hasSize(1);
            }
            await().pollInterval(Duration.ofMillis(1)).until(given::isDone);
        }
    }

    @Test
    void item12AStepSharedAndCompleteStillGivesItsKeys() throws Exception {
        var release = new CountDownLatch(1);
        steps.put("slow", (_, _) -> {
            assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        Vertex shared = source("shared");
        Vertex known = merge(shared, source("other"));
        try (Job before = job()) {
            before.demand(known);
        }
        try (Job holding = job();
                Job asking = job()) {
            Future<StoredResult> held = threads.submit(() -> holding.demand(merge(shared, source("slow"))));
            await().until(() -> runsOf("slow") == 1);
            store.forget(KeyKind.RECIPE, known.recipe());
            asking.demand(known);
            release.countDown();
            held.get();
        }
        assertThat(runsOf("shared")).isEqualTo(1);
        assertThat(runsOf("merge")).isEqualTo(2);
    }

    /** An error on letting go was dropped with a wrong variable; here it is told, and what is shared ends as it should. */
    @Test
    void item15AnErrorOnLettingGoIsToldAndHoldsNobodyUp() throws Exception {
        var told = new CopyOnWriteArrayList<Throwable>();
        Handler listening = new Handler() {
            @Override
            public void publish(LogRecord message) {
                told.add(message.getThrown());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger log = Logger.getLogger(Node.class.getName());
        log.addHandler(listening);
        log.setUseParentHandlers(false);
        store.keepsNobody = true;
        try (Job job = job()) {
            assertThat(job.demand(merge(source("a"))).outputs()).hasSize(1);
            assertThat(job.demand(merge(source("a"))).outputs()).hasSize(1);
            await().until(() -> solver.waits().isEmpty() && told.size() >= 3);
        } finally {
            log.removeHandler(listening);
            log.setUseParentHandlers(true);
        }
        assertThat(told)
                .extracting(Throwable::getMessage)
                .contains("what merge held cannot be let go", "what test a held cannot be let go");
        assertThat(runsOf("merge")).isEqualTo(1);
    }

    @Test
    void item16AResultIsHeldByWhoeverGotItBeforeTheOneThatMadeItLetsGo() throws Exception {
        Owner session = store.owner("session");
        JobScope scope = new JobScope() {
            @Override
            public <T> Optional<T> find(Class<T> type) {
                return type == Owner.class ? Optional.of(type.cast(session)) : Optional.empty();
            }
        };
        long result;
        try (Job job = solver.open("session", scope, JobListener.NONE)) {
            result = job.demand(merge(source("a"))).id();
        }
        await().untilAsserted(() -> assertThat(store.held()).containsExactly(result));
        session.close();
        assertThat(store.held()).isEmpty();
    }

    @Test
    void item19ContentsOfOneStepThatGivesAnotherEachTimeAreNeverMixed() throws Exception {
        steps.put("date", (_, _) -> {
            String now = "content-" + runsOf("date");
            return addressed(tree(now), Digest.of(now));
        });
        steps.put("merge", (inputs, _) -> OpRunner.Output.of(inputs.getFirst().plus(new LayerId("built"))));
        Vertex date = source("date");
        try (Job job = job()) {
            StoredResult first = job.demand(merge(date));
            store.forget(KeyKind.RECIPE, date.recipe());
            store.forget(KeyKind.PRODUCER, producerOf(date));
            store.forget(KeyKind.RECIPE, merge(date).recipe());
            StoredResult second = job.demand(merge(date));
            assertThat(second.outputs()).isNotEqualTo(first.outputs());
            Vertex own = Vertex.of(new TreeOp(Digest.of("content-1"), tree("content-1"), "own files"));
            assertThat(job.demand(merge(own)).outputs()).isEqualTo(first.outputs());
        }
        assertThat(runsOf("date")).isEqualTo(2);
        assertThat(runsOf("merge")).isEqualTo(2);
    }

    private static Digest producerOf(Vertex source) {
        return Keys.producer(source, List.of());
    }

    @Test
    void item24OneResultGivenTwiceIsLetGoOnceByEach() throws Exception {
        Vertex graph = merge(source("a"));
        Owner one = store.owner("one");
        Owner two = store.owner("two");
        try (Job job = job()) {
            long result = job.demand(graph).id();
            assertThat(job.demand(graph).id()).isEqualTo(result);
            one.hold(result);
            one.hold(result);
            two.hold(result);
            one.close();
            one.close();
            assertThat(store.held()).containsExactly(result);
        }
        two.close();
        await().untilAsserted(() -> assertThat(store.held()).isEmpty());
    }
}
