package org.buildengine.solver.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
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
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
class NodeSolverTest {
    private final MemorySnapshotter memory = new MemorySnapshotter();
    private final Map<String, AtomicInteger> runs = new ConcurrentHashMap<>();
    private final Map<String, Step> steps = new ConcurrentHashMap<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final NodeSolver solver = new NodeSolver(
            memory,
            Runners.builder()
                    .with(SourceOp.class, (op, inputs, run) -> carryOut(op.pinned(), run))
                    .with(MergeOp.class, (op, inputs, run) -> carryOut("merge of " + inputs.size(), run))
                    .build(),
            4,
            InstantSource.system());

    /** What happens when a source of this name runs. */
    private interface Step {
        OpRunner.Output run(OpRunner.Run run) throws Exception;
    }

    private OpRunner.Output carryOut(String name, OpRunner.Run run) throws Exception {
        runs.computeIfAbsent(name, n -> new AtomicInteger()).incrementAndGet();
        return steps.getOrDefault(name, r -> OpRunner.Output.of(Snapshot.EMPTY)).run(run);
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
    void stepRunsOnceAndIsRememberedAfterwards() throws Exception {
        try (Job first = job();
                Job second = job()) {
            StoredResult made = first.demand(merge(source("a"), source("b")));
            assertThat(second.demand(merge(source("a"), source("b"))).id()).isEqualTo(made.id());
        }
        assertThat(runsOf("a")).isEqualTo(1);
        assertThat(runsOf("merge of 2")).isEqualTo(1);
    }

    @Test
    void jobThatLeavesAStepThatGoesOnIsForgotten() throws Exception {
        var letGo = new CountDownLatch(1);
        steps.put("lasts", _ -> {
            letGo.await();
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        try (Job stays = job()) {
            Future<?> made = threads.submit(() -> stays.demand(source("lasts")));
            await().until(() -> runsOf("lasts") == 1);
            var left = new ArrayList<WeakReference<?>>();
            var jobs = new ArrayList<WeakReference<Job>>();
            for (int i = 0; i < 20; i++) {
                joinAndLeave(left, jobs);
            }
            await().untilAsserted(() -> {
                System.gc();
                assertThat(left).allMatch(reference -> reference.get() == null);
                // the last of them is known until another one joins
                assertThat(jobs.stream().filter(job -> job.get() != null)).hasSizeLessThan(2);
            });
            letGo.countDown();
            made.get(10, TimeUnit.SECONDS);
        }
    }

    /** Has a job wait for the step that lasts, and end before it; adds what must not be kept for it. */
    private void joinAndLeave(List<WeakReference<?>> left, List<WeakReference<Job>> jobs) throws Exception {
        var told = new CountDownLatch(1);
        JobListener listener = new JobListener() {
            @Override
            public void started(Vertex vertex, Instant at) {
                told.countDown();
            }
        };
        JobScope scope = scope(listener);
        left.add(new WeakReference<>(listener));
        left.add(new WeakReference<>(scope));
        Future<?> joined;
        try (Job job = solver.open("leaves", scope, listener)) {
            jobs.add(new WeakReference<>(job));
            joined = threads.submit(() -> job.demand(source("lasts")));
            assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(joined)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .havingCause();
    }

    private static JobScope scope(JobListener of) {
        return new JobScope() {
            @Override
            public <T> Optional<T> find(Class<T> type) {
                return Optional.of(of).filter(type::isInstance).map(type::cast);
            }
        };
    }

    @Test
    void anAnswerNeedsNoResultsOfItsInputs() throws Exception {
        Vertex a = source("a");
        try (Job job = job()) {
            job.demand(merge(a));
            memory.forget(KeyKind.RECIPE, a.recipe());
            job.demand(merge(a));
        }
        assertThat(runsOf("a")).isEqualTo(1);
    }

    @Test
    void twoSessionsThatAskTogetherShareOneRun() throws Exception {
        var bothAsked = new CountDownLatch(1);
        steps.put("slow", run -> {
            assertThat(bothAsked.await(10, TimeUnit.SECONDS)).isTrue();
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        try (Job one = job();
                Job two = job()) {
            Future<StoredResult> first = threads.submit(() -> one.demand(source("slow")));
            Future<StoredResult> second = threads.submit(() -> two.demand(source("slow")));
            await().until(() -> runsOf("slow") == 1);
            bothAsked.countDown();
            assertThat(first.get().id()).isEqualTo(second.get().id());
        }
        assertThat(runsOf("slow")).isEqualTo(1);
    }

    @Test
    void differentRecipesOfOneProducerRunOnce() throws Exception {
        Digest same = Digest.of("same bytes");
        steps.put("tag-1", run -> new OpRunner.Output(List.of(Snapshot.EMPTY), Optional.of(same), Map.of(), Set.of()));
        steps.put("tag-2", run -> new OpRunner.Output(List.of(Snapshot.EMPTY), Optional.of(same), Map.of(), Set.of()));
        try (Job job = job()) {
            long first = job.demand(merge(source("tag-1"))).id();
            long second = job.demand(merge(source("tag-2"))).id();
            assertThat(second).isEqualTo(first);
        }
        assertThat(runsOf("merge of 1")).isEqualTo(1);
    }

    @Test
    void concurrentRecipesOfOneProducerJoin() throws Exception {
        Digest same = Digest.of("same bytes");
        for (String tag : List.of("tag-1", "tag-2")) {
            steps.put(tag, run -> new OpRunner.Output(List.of(Snapshot.EMPTY), Optional.of(same), Map.of(), Set.of()));
        }
        var release = new CountDownLatch(1);
        steps.put("merge of 1", run -> {
            assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        try (Job job = job()) {
            Future<StoredResult> one = threads.submit(() -> job.demand(merge(source("tag-1"))));
            Future<StoredResult> two = threads.submit(() -> job.demand(merge(source("tag-2"))));
            await().until(() -> runsOf("merge of 1") == 1 && runsOf("tag-1") == 1 && runsOf("tag-2") == 1);
            release.countDown();
            assertThat(one.get().id()).isEqualTo(two.get().id());
        }
        assertThat(runsOf("merge of 1")).isEqualTo(1);
    }

    @Test
    void failureReachesTheDemandWithItsOriginAndIsForgotten() throws Exception {
        steps.put("bad", run -> {
            if (runsOf("bad") == 1) {
                throw new java.io.IOException("the disk said no");
            }
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        try (Job job = job()) {
            assertThatThrownBy(() -> job.demand(merge(source("good"), source("bad"))))
                    .isInstanceOfSatisfying(SolveException.class, e -> {
                        assertThat(e.kind()).isEqualTo(SolveException.Kind.FAILED);
                        assertThat(e).hasMessage("the disk said no");
                        assertThat(e.origin()).contains(source("bad"));
                    });
            job.demand(merge(source("good"), source("bad")));
        }
        assertThat(runsOf("bad")).isEqualTo(2);
        assertThat(runsOf("good")).isEqualTo(1);
    }

    @Test
    void failureOfOneInputEndsTheOthersThatNobodyElseWants() throws Exception {
        var cancelled = new CountDownLatch(1);
        steps.put("endless", run -> {
            run.onCancel(cancelled::countDown);
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            throw new java.io.IOException("stopped");
        });
        steps.put("bad", run -> {
            await().until(() -> runsOf("endless") == 1);
            throw new java.io.IOException("the disk said no");
        });
        try (Job job = job()) {
            assertThatThrownBy(() -> job.demand(merge(source("endless"), source("bad"))))
                    .hasMessage("the disk said no");
        }
        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void runEndsWhenItsLastDemandIsGoneAndNotBefore() throws Exception {
        var cancelled = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        steps.put("slow", run -> {
            run.onCancel(cancelled::countDown);
            assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        Job one = job();
        var heard = new Recorder();
        Job two = solver.open("stays", JobScope.NONE, heard);
        Future<StoredResult> first = threads.submit(() -> one.demand(source("slow")));
        Future<StoredResult> second = threads.submit(() -> two.demand(source("slow")));
        await().until(() -> runsOf("slow") == 1 && heard.heard.contains("started test slow"));
        one.close();
        assertThatThrownBy(first::get).hasRootCauseInstanceOf(SolveException.class);
        assertThat(cancelled.getCount()).isEqualTo(1);
        release.countDown();
        assertThat(second.get().outputs()).hasSize(1);
        two.close();
    }

    @Test
    void newcomerDoesNotInheritACancellation() throws Exception {
        var firstRunMayEnd = new CountDownLatch(1);
        var cancelled = new CountDownLatch(1);
        steps.put("slow", run -> {
            if (runsOf("slow") == 1) {
                run.onCancel(cancelled::countDown);
                assertThat(firstRunMayEnd.await(10, TimeUnit.SECONDS)).isTrue();
                throw new java.io.IOException("stopped");
            }
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        Job leaving = job();
        Future<StoredResult> left = threads.submit(() -> leaving.demand(source("slow")));
        await().until(() -> runsOf("slow") == 1);
        leaving.close();
        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        try (Job job = job()) {
            Future<StoredResult> arriving = threads.submit(() -> job.demand(source("slow")));
            firstRunMayEnd.countDown();
            assertThat(arriving.get().outputs()).hasSize(1);
        }
        assertThatThrownBy(left::get).hasRootCauseInstanceOf(SolveException.class);
        assertThat(runsOf("slow")).isEqualTo(2);
    }

    @Test
    void interruptingTheCallerGivesUpItsDemand() throws Exception {
        var cancelled = new CountDownLatch(1);
        steps.put("slow", run -> {
            run.onCancel(cancelled::countDown);
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
            throw new java.io.IOException("stopped");
        });
        try (Job job = job()) {
            Future<StoredResult> demand = threads.submit(() -> job.demand(source("slow")));
            await().until(() -> runsOf("slow") == 1);
            demand.cancel(true);
            assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void listenerHearsWhatRanAndWhatWasRemembered() throws Exception {
        var first = new Recorder();
        var second = new Recorder();
        steps.put("a", run -> {
            run.output(1, new byte[] {'h', 'i'});
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        Vertex graph = merge(source("a"));
        try (Job job = solver.open("first", JobScope.NONE, first)) {
            job.demand(graph);
            job.demand(graph);
        }
        try (Job job = solver.open("second", JobScope.NONE, second)) {
            job.demand(graph);
        }
        assertThat(first.heard)
                .containsExactly("started test a", "output hi", "finished test a", "started merge", "finished merge");
        assertThat(second.heard).containsExactly("cached test a", "cached merge");
    }

    @Test
    void jobThatJoinsLateHearsThatTheStepRuns() throws Exception {
        var release = new CountDownLatch(1);
        steps.put("slow", run -> {
            assertThat(release.await(10, TimeUnit.SECONDS)).isTrue();
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        var late = new Recorder();
        try (Job one = job();
                Job two = solver.open("late", JobScope.NONE, late)) {
            Future<StoredResult> first = threads.submit(() -> one.demand(merge(source("slow"))));
            await().until(() -> runsOf("slow") == 1);
            Future<StoredResult> second = threads.submit(() -> two.demand(merge(source("slow"))));
            await().untilAsserted(() -> assertThat(late.heard).contains("started test slow"));
            release.countDown();
            first.get();
            second.get();
        }
        assertThat(late.heard).contains("finished test slow", "finished merge");
    }

    @Test
    void jobHearsOfEveryStepHoweverCloseToItsEndItComes() throws Exception {
        for (int round = 0; round < 300; round++) {
            int thisRound = round;
            Vertex graph = merge(source("round " + round));
            var heard = new Recorder();
            try (Job first = job();
                    Job second = solver.open("second", JobScope.NONE, heard)) {
                Future<StoredResult> made = threads.submit(() -> first.demand(graph));
                StoredResult mine = second.demand(graph);
                assertThat(mine.id()).isEqualTo(made.get().id());
            }
            assertThat(heard.heard.stream()
                            .filter(event -> event.endsWith(" merge"))
                            .toList())
                    .as("round %d", round)
                    .isIn(List.of("cached merge"), List.of("started merge", "finished merge"));
            assertThat(heard.heard.stream().filter(event -> event.endsWith(" test round " + thisRound)))
                    .as("round %d", round)
                    .isNotEmpty();
        }
    }

    @Test
    void chainOfTenThousandStepsIsSolved() throws Exception {
        Vertex chain = source("start");
        for (int i = 0; i < 10_000; i++) {
            chain = merge(chain);
        }
        try (Job job = job()) {
            assertThat(job.demand(chain).outputs()).hasSize(1);
        }
        assertThat(runsOf("merge of 1")).isEqualTo(10_000);
    }

    @Test
    void diamondRunsItsSharedInputOnce() throws Exception {
        var inputs = new ArrayList<InputRef>();
        for (int i = 0; i < 50; i++) {
            inputs.add(merge(source("shared"), source("own " + i)).output(0));
        }
        try (Job job = job()) {
            job.demand(new Vertex(new MergeOp(), inputs));
        }
        assertThat(runsOf("shared")).isEqualTo(1);
        assertThat(runsOf("merge of 2")).isEqualTo(50);
    }

    @Test
    void closedJobRefusesWithItsReason() {
        Job job = job();
        job.close();
        assertThatThrownBy(() -> job.demand(source("a")))
                .isInstanceOfSatisfying(
                        SolveException.class, e -> assertThat(e.kind()).isEqualTo(SolveException.Kind.CANCELLED))
                .hasMessageContaining("test job has ended");
    }

    @Test
    void runnerFindsWhatTheDemandingJobOffers() throws Exception {
        steps.put("asks", run -> {
            assertThat(run.find(String.class)).contains("a secret");
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        try (Job job = solver.open("offers", offering("a secret"), JobListener.NONE)) {
            job.demand(source("asks"));
        }
    }

    @Test
    void runnerFindsWhatIsOfferedByAllJobsThatDemandTheStepAndAreStillThere() throws Exception {
        var both = new CountDownLatch(1);
        steps.put("asks", run -> {
            await().until(() -> run.offers(String.class).equals(List.of("ann's", "bob's")));
            both.countDown();
            await().until(() -> run.offers(String.class).equals(List.of("bob's")));
            return OpRunner.Output.of(Snapshot.EMPTY);
        });
        Job ann = solver.open("ann", offering("ann's"), JobListener.NONE);
        try (Job bob = solver.open("bob", offering("bob's"), JobListener.NONE)) {
            Future<StoredResult> hers = threads.submit(() -> ann.demand(source("asks")));
            await().until(() -> runsOf("asks") == 1);
            Future<StoredResult> his = threads.submit(() -> bob.demand(source("asks")));
            assertThat(both.await(10, TimeUnit.SECONDS)).isTrue();
            ann.close();
            his.get(10, TimeUnit.SECONDS);
            assertThatThrownBy(() -> hers.get(10, TimeUnit.SECONDS)).hasMessageContaining("ann has ended");
        }
    }

    private static JobScope offering(String what) {
        return new JobScope() {
            @Override
            public <T> Optional<T> find(Class<T> type) {
                return type == String.class ? Optional.of(type.cast(what)) : Optional.empty();
            }
        };
    }

    private static Stream<Throwable> failuresOfListeners() {
        return Stream.of(
                new IllegalStateException("the disk of the events is full"),
                new NoClassDefFoundError("the archive was replaced"));
    }

    @ParameterizedTest
    @MethodSource("failuresOfListeners")
    @Timeout(60)
    void listenerThatFailsHurtsNobody(Throwable failure) throws Exception {
        var told = new AtomicInteger();
        JobListener failing = (JobListener) Proxy.newProxyInstance(
                JobListener.class.getClassLoader(), new Class<?>[] {JobListener.class}, (_, _, _) -> {
                    told.incrementAndGet();
                    throw failure;
                });
        Logger log = Logger.getLogger(GuardedListener.class.getName());
        log.setLevel(Level.OFF);
        try (Job job = solver.open("fails", JobScope.NONE, failing)) {
            assertThat(job.demand(merge(source("a"))).outputs()).hasSize(1);
            job.demand(merge(source("a"), source("b")));
        } finally {
            log.setLevel(null);
        }
        assertThat(told.get()).isGreaterThan(4);
        assertThat(runsOf("a")).isEqualTo(1);
    }

    @Test
    void solverThatWasClosedRefuses() throws Exception {
        Job job = job();
        solver.close(Duration.ofSeconds(5));
        try (Job late = job()) {
            assertThatThrownBy(() -> late.demand(source("a")))
                    .isInstanceOfSatisfying(
                            SolveException.class, e -> assertThat(e.kind()).isEqualTo(SolveException.Kind.CANCELLED));
        }
        assertThatThrownBy(() -> job.demand(source("a"))).hasMessageContaining("test job has ended");
        assertThat(runsOf("a")).isZero();
    }

    @Test
    void clockThatIsSetBackMakesNoStepEndBeforeItBegan() throws Exception {
        var days = new AtomicInteger();
        var took = new ConcurrentLinkedQueue<Duration>();
        JobListener listener = new JobListener() {
            @Override
            public void finished(Vertex vertex, Miss run, long result, Duration time) {
                took.add(time);
            }

            @Override
            public void failed(Vertex vertex, SolveException failure, Duration time) {
                took.add(time);
            }
        };
        try (NodeSolver late = new NodeSolver(
                        memory,
                        Runners.builder()
                                .with(SourceOp.class, (op, inputs, run) -> carryOut(op.pinned(), run))
                                .build(),
                        1,
                        () -> Instant.EPOCH.minus(Duration.ofDays(days.getAndIncrement())));
                Job job = late.open("test job", JobScope.NONE, listener)) {
            steps.put("breaks", run -> {
                throw new IOException("broken");
            });
            job.demand(source("works"));
            assertThatThrownBy(() -> job.demand(source("breaks"))).hasMessageContaining("broken");
            job.demand(source("works"));
        }
        assertThat(took).containsExactly(Duration.ZERO, Duration.ZERO);
        assertThat(runsOf("works")).isEqualTo(1);
    }

    private static final class Recorder implements JobListener {
        private final Queue<String> heard = new ConcurrentLinkedQueue<>();

        @Override
        public void cached(Vertex vertex, long result) {
            heard.add("cached " + vertex);
        }

        @Override
        public void started(Vertex vertex, Instant at) {
            heard.add("started " + vertex);
        }

        @Override
        public void output(Vertex vertex, OutputPiece piece) {
            heard.add("output " + new String(piece.bytes(), java.nio.charset.StandardCharsets.UTF_8));
        }

        @Override
        public void finished(Vertex vertex, Miss run, long result, Duration took) {
            heard.add("finished " + vertex);
        }
    }
}
