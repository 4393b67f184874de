package org.buildengine.solver.node;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.MemorySnapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.MergeOp;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A job that joins a run hears what it missed in its own time. */
@Timeout(60)
class CatchingUpTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    /** What the source prints when it may go on; then it waits until it may end. */
    private final List<String> more = new CopyOnWriteArrayList<>(List.of("two", "three"));

    private final List<WeakReference<byte[]>> written = new CopyOnWriteArrayList<>();
    private final CountDownLatch wrote = new CountDownLatch(1);
    private final List<String> ran = new CopyOnWriteArrayList<>();
    private volatile boolean failing;

    private final NodeSolver solver = new NodeSolver(
            new MemorySnapshotter(),
            Runners.builder()
                    .with(SourceOp.class, (op, _, run) -> fetch(op.pinned(), run))
                    .with(MergeOp.class, (_, _, run) -> made(run))
                    .build(),
            4,
            InstantSource.system());

    @SuppressWarnings("NullAway.Init") // set before each test
    private EventLogs logs;

    @BeforeEach
    void open() throws IOException {
        logs = EventLogs.open(directory, Long.MAX_VALUE);
    }

    @AfterEach
    void stop() throws InterruptedException {
        goOn.countDown();
        end.countDown();
        solver.close(PATIENCE);
        threads.shutdownNow();
        assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }

    private OpRunner.Output fetch(String name, OpRunner.Run run) throws Exception {
        ran.add(name);
        return name.equals("slow") ? slow(run) : made(run);
    }

    private OpRunner.Output slow(OpRunner.Run run) throws Exception {
        print(run, "one");
        assertThat(goOn.await(30, TimeUnit.SECONDS)).isTrue();
        for (String text : more) {
            print(run, text);
        }
        wrote.countDown();
        assertThat(end.await(30, TimeUnit.SECONDS)).isTrue();
        if (failing) {
            throw new IOException("exit code 1");
        }
        return made(run);
    }

    private void print(OpRunner.Run run, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        written.add(new WeakReference<>(bytes));
        run.output(1, bytes);
    }

    private static OpRunner.Output made(OpRunner.Run run) {
        return new OpRunner.Output(
                List.of(Snapshot.EMPTY), Optional.of(run.vertex().recipe()), Map.of(), Set.of());
    }

    private static Vertex source(String name) {
        return Vertex.of(new SourceOp("test", name, Map.of()));
    }

    private static Vertex merge(Vertex... inputs) {
        return new Vertex(
                new MergeOp(),
                List.of(inputs).stream().map(input -> input.output(0)).toList());
    }

    /** Hears what happens to the slow source, in a log if it has one, and keeps its first piece until it is let go. */
    private final class Listener implements JobListener, AutoCloseable {
        private final Optional<EventLog> log;
        private final CountDownLatch letGo;
        private final List<String> heard = new CopyOnWriteArrayList<>();
        private final Job job;

        private Listener(String name, Optional<EventLog> log, CountDownLatch letGo) {
            this.log = log;
            this.letGo = letGo;
            this.job = solver.open(name, JobScope.NONE, this);
        }

        private Future<StoredResult> demand(Vertex vertex) {
            return threads.submit(() -> job.demand(vertex));
        }

        private void awaits(String... events) {
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(heard).containsExactly(events));
        }

        @Override
        public void missed(Vertex vertex, Miss miss) {
            log.ifPresent(own -> miss.claim("a build", own));
        }

        private void hear(Vertex vertex, String what) {
            if (vertex.equals(source("slow"))) {
                heard.add(what);
            }
        }

        @Override
        public void started(Vertex vertex, Instant at) {
            hear(vertex, "began");
        }

        @Override
        public void output(Vertex vertex, OutputPiece piece) {
            byte[] bytes = piece.bytes();
            hear(vertex, bytes.length > 10 ? "much" : new String(bytes, UTF_8));
            try {
                assertThat(letGo.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void lost(Vertex vertex, long bytes) {
            hear(vertex, "(" + bytes + ")");
        }

        @Override
        public void finished(Vertex vertex, Miss run, long result, Duration took) {
            hear(vertex, "finished");
        }

        @Override
        public void failed(Vertex vertex, SolveException failure, Duration took) {
            hear(vertex, "failed");
        }

        @Override
        public void left(Vertex vertex, Duration after) {
            hear(vertex, "left");
        }

        @Override
        public void close() {
            letGo.countDown();
            job.close();
        }
    }

    private Listener quick(Optional<EventLog> log) {
        return new Listener("quick", log, new CountDownLatch(0));
    }

    private Listener slow() {
        return new Listener("slow", Optional.empty(), new CountDownLatch(1));
    }

    @Test
    void runIsOverForOthersWhileANewcomerStillHearsWhatItMissed() throws Exception {
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = slow()) {
            Future<StoredResult> answer = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> lateAnswer = late.demand(source("slow"));
            late.awaits("began", "one");
            goOn.countDown();
            end.countDown();
            StoredResult result = answer.get(20, TimeUnit.SECONDS);
            first.awaits("began", "one", "two", "three", "finished");
            assertThat(late.heard).containsExactly("began", "one");
            assertThat(lateAnswer).as("what it is to hear before its answer").isNotDone();

            late.letGo.countDown();
            assertThat(lateAnswer.get(20, TimeUnit.SECONDS).id()).isEqualTo(result.id());
            assertThat(late.heard).containsExactly("began", "one", "two", "three", "finished");
        }
    }

    @Test
    void failureIsAnsweredWhenItsOutputWasHeard() throws Exception {
        failing = true;
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = slow()) {
            Future<StoredResult> answer = first.demand(merge(source("slow")));
            first.awaits("began", "one");
            Future<StoredResult> lateAnswer = late.demand(merge(source("slow")));
            late.awaits("began", "one");
            goOn.countDown();
            end.countDown();
            assertThatThrownBy(() -> answer.get(20, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
            assertThat(lateAnswer).isNotDone();
            late.letGo.countDown();
            assertThatThrownBy(() -> lateAnswer.get(20, TimeUnit.SECONDS)).hasRootCauseMessage("exit code 1");
            assertThat(late.heard).containsExactly("began", "one", "two", "three", "failed");
        }
    }

    @Test
    void newcomersOtherStepsBeginWhileItHearsWhatItMissed() throws Exception {
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = slow()) {
            Future<StoredResult> _ = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> _ = late.demand(merge(source("slow"), source("other")));
            late.awaits("began", "one");
            await().atMost(PATIENCE).until(() -> ran.contains("other"));
            assertThat(late.heard).containsExactly("began", "one");
        }
    }

    @Test
    void outputThatComesMeanwhileIsNotKept() throws Exception {
        more.clear();
        String much = "x".repeat(1 << 16);
        for (int i = 0; i < 64; i++) {
            more.add(much);
        }
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = slow()) {
            Future<StoredResult> _ = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> lateAnswer = late.demand(source("slow"));
            late.awaits("began", "one");
            goOn.countDown();
            assertThat(wrote.await(20, TimeUnit.SECONDS)).isTrue();
            await().atMost(PATIENCE).untilAsserted(() -> {
                System.gc();
                assertThat(written).hasSize(65).allMatch(piece -> piece.get() == null);
            });
            assertThat(late.heard).containsExactly("began", "one");
            late.letGo.countDown();
            end.countDown();
            assertThat(lateAnswer.get(20, TimeUnit.SECONDS).outputs()).hasSize(1);
            assertThat(late.heard).hasSize(2 + 64 + 1).endsWith("much", "finished");
        }
    }

    @Test
    void whoIsClosedHearsNoMoreThanThatItHasLeft() throws Exception {
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = slow()) {
            Future<StoredResult> answer = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> lateAnswer = late.demand(source("slow"));
            late.awaits("began", "one");
            goOn.countDown();
            assertThat(wrote.await(20, TimeUnit.SECONDS)).isTrue();
            late.job.close();
            assertThatThrownBy(() -> lateAnswer.get(20, TimeUnit.SECONDS))
                    .hasRootCauseMessage("test slow: cancelled, slow has ended");
            late.letGo.countDown();
            late.awaits("began", "one", "left");
            end.countDown();
            assertThat(answer.get(20, TimeUnit.SECONDS).outputs()).hasSize(1);
        }
        assertThat(logs.find(1)).isPresent();
    }

    @Test
    void closedJobThatIsTakenInOnceMoreHearsThatItHasLeft() throws Exception {
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = slow()) {
            Future<StoredResult> _ = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> _ = late.demand(source("slow"));
            late.awaits("began", "one");
            DemandJob job = (DemandJob) late.job;
            try (Demand known = solver.demand(source("slow"), job.alone(), job.circle())) {
                Node run = known.node();
                var miss = new Miss(List.of(), Digest.of("key"), Optional.empty());
                job.announcements().note(source("slow").demanded(), () -> job.tellStarted(run, Instant.now(), miss));
            }
            job.close();
            late.letGo.countDown();
            late.awaits("began", "one", "left");
        }
    }

    @Test
    void closedSolverHasToldEverything() throws Exception {
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = slow()) {
            Future<StoredResult> _ = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> _ = late.demand(source("slow"));
            late.awaits("began", "one");
            goOn.countDown();
            end.countDown();
            Future<Boolean> closing = threads.submit(() -> {
                solver.close(PATIENCE);
                return true;
            });
            await().during(Duration.ofMillis(300))
                    .atMost(PATIENCE)
                    .until(() -> wrote.getCount() == 0 && !closing.isDone());
            late.letGo.countDown();
            assertThat(closing.get(20, TimeUnit.SECONDS)).isTrue();
            assertThat(late.heard).containsExactly("began", "one", "left");
        }
    }

    @Test
    void runThatNobodyKeptIsKeptForWhoTakesItOn() throws Exception {
        EventLog log = logs.begin(1);
        try (Listener first = quick(Optional.empty());
                Listener keeping = quick(Optional.of(log));
                Listener late = slow()) {
            Future<StoredResult> _ = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> answer = keeping.demand(source("slow"));
            keeping.awaits("began", "(3)");
            first.job.close();
            goOn.countDown();
            keeping.awaits("began", "(3)", "two", "three");
            Future<StoredResult> lateAnswer = late.demand(source("slow"));
            late.awaits("began", "(3)", "two");
            end.countDown();
            assertThat(answer.get(20, TimeUnit.SECONDS).outputs()).hasSize(1);
            late.letGo.countDown();
            assertThat(lateAnswer.get(20, TimeUnit.SECONDS).outputs()).hasSize(1);
            assertThat(late.heard).containsExactly("began", "(3)", "two", "three", "finished");
        }
        log.close();
        assertThat(log.done()).isTrue();
    }

    @Test
    void newcomerIsToldThatTheLogHasLostSomething() throws Exception {
        Files.createDirectory(directory.resolve("1.log"));
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = quick(Optional.empty())) {
            Future<StoredResult> _ = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> answer = late.demand(source("slow"));
            late.awaits("began", "(3)");
            goOn.countDown();
            end.countDown();
            assertThat(answer.get(20, TimeUnit.SECONDS).outputs()).hasSize(1);
            assertThat(late.heard).containsExactly("began", "(3)", "two", "three", "finished");
        }
    }

    @Test
    void whatCannotBeReadForANewcomerIsToldAsMissing() throws Exception {
        try (Listener first = quick(Optional.of(logs.begin(1)));
                Listener late = slow()) {
            Future<StoredResult> _ = first.demand(source("slow"));
            first.awaits("began", "one");
            Future<StoredResult> answer = late.demand(source("slow"));
            late.awaits("began", "one");
            goOn.countDown();
            first.awaits("began", "one", "two", "three");
            Files.delete(directory.resolve("1.log"));
            late.letGo.countDown();
            end.countDown();
            assertThat(answer.get(20, TimeUnit.SECONDS).outputs()).hasSize(1);
            assertThat(late.heard).containsExactly("began", "one", "(8)", "finished");
        }
    }
}
