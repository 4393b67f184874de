package org.buildengine.solver.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.MemorySnapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the solver says of those who wait. Every source and execution runs until it is let go. */
@Timeout(30)
class SolverWaitsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Vertex SOUGHT = source("sought");

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final NodeSolver solver = new NodeSolver(
            new SlowStore(),
            Runners.builder()
                    .with(SourceOp.class, (op, _, _) -> op.scheme().equals("tree") ? same() : hang())
                    .with(ExecOp.class, (_, _, _) -> hang())
                    .with(MergeOp.class, (_, _, _) -> OpRunner.Output.of(Snapshot.EMPTY))
                    .build(),
            1,
            () -> NOW);

    /** Takes until all is let go to say whether it has the result of {@link #SOUGHT}. */
    private final class SlowStore extends MemorySnapshotter {
        @Override
        public Optional<StoredResult> find(KeyKind kind, Digest key) {
            if (key.equals(SOUGHT.recipe())) {
                try {
                    hang();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            return super.find(kind, key);
        }
    }

    private OpRunner.Output hang() throws InterruptedException {
        assertThat(letGo.await(20, TimeUnit.SECONDS)).isTrue();
        return OpRunner.Output.of(Snapshot.EMPTY);
    }

    private static OpRunner.Output same() {
        return new OpRunner.Output(
                List.of(Snapshot.EMPTY), Optional.of(Digest.of("the same bytes")), Map.of(), Set.of());
    }

    private static Vertex source(String name) {
        return Vertex.of(new SourceOp("test", name, Map.of("name", name)));
    }

    private static Vertex merge(Vertex... inputs) {
        return new Vertex(new MergeOp(), refs(inputs));
    }

    /** A source that does not hang; all of them have the same contents. */
    private static Vertex tree(String name) {
        return Vertex.of(new SourceOp("tree", name, Map.of()));
    }

    private static Vertex exec(String command, Vertex... inputs) {
        var op = ExecOps.of(List.of(command), List.of(), List.of());
        return new Vertex(op, refs(inputs));
    }

    private static List<InputRef> refs(Vertex... inputs) {
        return Arrays.stream(inputs).map(vertex -> vertex.output(0)).toList();
    }

    /** An execution that alone may use a cache volume. */
    private static Vertex exclusive(String command, String volume) {
        var cache = new ExecOp.ExecMount.Cache("/cache", Digest.of(volume), true, Optional.empty(), "");
        return new Vertex(ExecOps.of(List.of(command), List.of(), List.of(cache)), List.of());
    }

    private Job job(String name) {
        return solver.open(name, JobScope.NONE, JobListener.NONE);
    }

    private List<String> waits() {
        return solver.waits().stream()
                .map(wait -> wait.waiter().name() + ": " + wait.kind()
                        + (wait.waiter().equals(wait.awaited())
                                ? ""
                                : " of " + wait.awaited().name())
                        + (wait.detail().isEmpty() ? "" : ", " + wait.detail()))
                .sorted()
                .toList();
    }

    private void awaitWaits(String... expected) {
        await().untilAsserted(() -> assertThat(waits()).containsExactly(expected));
    }

    @AfterEach
    void stop() throws InterruptedException {
        letGo.countDown();
        solver.close(Duration.ofSeconds(5));
        threads.shutdownNow();
        assertThat(threads.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
        assertThat(waits()).isEmpty();
    }

    @Test
    void jobsWaitForStepsAndStepsForTheirInputs() throws Exception {
        try (Job job = job("job")) {
            Future<StoredResult> answer = threads.submit(() -> job.demand(merge(source("a"), source("b"))));
            awaitWaits("a: RUN", "b: RUN", "job: RESULT of merge", "merge: RESULT of a", "merge: RESULT of b");
            assertThat(solver.waits()).extracting(Wait::since).containsOnly(NOW);
            letGo.countDown();
            answer.get();
            assertThat(waits()).isEmpty();
        }
    }

    @Test
    void whoLooksForARememberedResultIsSaidToDoThat() throws Exception {
        try (Job job = job("job")) {
            Future<StoredResult> answer = threads.submit(() -> job.demand(SOUGHT));
            awaitWaits("job: RESULT of sought", "sought: LOOK_UP");
            letGo.countDown();
            answer.get();
            assertThat(waits()).isEmpty();
        }
    }

    @Test
    void executionsWaitForTheirTurn() {
        try (Job job = job("job")) {
            Future<StoredResult> first = threads.submit(() -> job.demand(exec("one")));
            awaitWaits("exec one: RUN", "job: RESULT of exec one");
            Future<StoredResult> second = threads.submit(() -> job.demand(exec("two")));
            awaitWaits(
                    "exec one: RUN",
                    "exec two: TURN of the engine, 1 of 1 places taken",
                    "job: RESULT of exec one",
                    "job: RESULT of exec two");
            assertThat(List.of(first, second)).noneMatch(Future::isDone);
        }
    }

    @Test
    void whoWaitsForACacheVolumeKeepsNoPlaceFromOthers() {
        try (Job job = job("job")) {
            Future<StoredResult> first = threads.submit(() -> job.demand(exclusive("one", "v")));
            awaitWaits("exec one: RUN", "job: RESULT of exec one");
            Future<StoredResult> second = threads.submit(() -> job.demand(exclusive("two", "v")));
            String volume = Digest.of("v").hex();
            awaitWaits(
                    "exec one: RUN",
                    "exec two: CACHE_VOLUME of exec one, " + volume,
                    "job: RESULT of exec one",
                    "job: RESULT of exec two");
            Future<StoredResult> third = threads.submit(() -> job.demand(exec("three")));
            awaitWaits(
                    "exec one: RUN",
                    "exec three: TURN of the engine, 1 of 1 places taken",
                    "exec two: CACHE_VOLUME of exec one, " + volume,
                    "job: RESULT of exec one",
                    "job: RESULT of exec three",
                    "job: RESULT of exec two");
            assertThat(List.of(first, second, third)).noneMatch(Future::isDone);
        }
    }

    @Test
    void freshStepWaitsForTheEndOfAnothersRun() {
        whoMayNotUseAnothersRunWaitsForItsEnd(Reuse.FRESH);
    }

    @Test
    void stepOfOneSessionWaitsForTheEndOfTheRunOfAnother() {
        whoMayNotUseAnothersRunWaitsForItsEnd(Reuse.PER_SESSION);
    }

    private void whoMayNotUseAnothersRunWaitsForItsEnd(Reuse reuse) {
        Vertex own = new Vertex(exec("own").op(), List.of(), reuse);
        try (Job one = job("one");
                Job two = job("two")) {
            Future<StoredResult> first = threads.submit(() -> one.demand(own));
            awaitWaits("exec own: RUN", "one: RESULT of exec own");
            Future<StoredResult> second = threads.submit(() -> two.demand(own));
            awaitWaits("exec own: OTHER_RUN", "exec own: RUN", "one: RESULT of exec own", "two: RESULT of exec own");
            assertThat(List.of(first, second)).noneMatch(Future::isDone);
        }
    }

    @Test
    void whoDoesTheSameIsWaitedFor() {
        // two descriptions of the same bytes
        try (Job job = job("job")) {
            Future<StoredResult> first = threads.submit(() -> job.demand(exec("work", tree("one"))));
            awaitWaits("exec work: RUN", "job: RESULT of exec work");
            Future<StoredResult> second = threads.submit(() -> job.demand(exec("work", tree("two"))));
            awaitWaits(
                    "exec work: JOINED of exec work",
                    "exec work: RUN",
                    "job: RESULT of exec work",
                    "job: RESULT of exec work");
            assertThat(List.of(first, second)).noneMatch(Future::isDone);
        }
    }

    @Test
    void whatNobodyNeedsIsBeingEndedAndANewcomerWaitsForThat() {
        Job gone = job("gone");
        Future<StoredResult> first = threads.submit(() -> gone.demand(source("a")));
        awaitWaits("a: RUN", "gone: RESULT of a");
        gone.close();
        awaitWaits("a: CANCELLATION");
        try (Job late = job("late")) {
            Future<StoredResult> second = threads.submit(() -> late.demand(source("a")));
            awaitWaits("a: EARLIER_RUN", "late: RESULT of a");
            assertThat(second).isNotDone();
        }
        assertThat(first).failsWithin(Duration.ofSeconds(5));
    }

    /** What a thread waits for in the store is told of whoever it works for. */
    @Test
    void resultIsPublishedOnBehalfOfItsStep() throws Exception {
        var callers = new ConcurrentLinkedQueue<Optional<Waiter>>();
        var store = new MemorySnapshotter() {
            @Override
            public StoredResult publish(NewResult result, Owner owner) throws IOException {
                callers.add(Delays.caller());
                return super.publish(result, owner);
            }
        };
        Vertex step = tree("one");
        var runners =
                Runners.builder().with(SourceOp.class, (_, _, _) -> same()).build();
        try (NodeSolver publishing = new NodeSolver(store, runners, 1, () -> NOW);
                Job job = publishing.open("job", JobScope.NONE, JobListener.NONE)) {
            job.demand(step);
        }
        assertThat(callers).containsExactly(Optional.of(Party.step(step)));
    }
}
