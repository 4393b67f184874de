package org.buildengine.solver.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.MemorySnapshotter;
import org.buildengine.solver.OpRunner;
import org.buildengine.solver.Runners;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.BuildOp;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Wait;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a build demands while it runs: {@code build NAME} the source NAME, which waits if its name begins with {@code slow}, and is
 * fetched for each job if it begins with {@code fresh}.
 */
@Timeout(30)
class NestedDemandTest {
    private static final Vertex TREE = source("tree");

    private final CountDownLatch letGo = new CountDownLatch(1);
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final Queue<String> runs = new ConcurrentLinkedQueue<>();
    private final Queue<String> heard = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final NodeSolver solver = new NodeSolver(
            new MemorySnapshotter(),
            Runners.builder()
                    .with(SourceOp.class, (op, _, run) -> fetch(op.pinned(), run))
                    .with(BuildOp.class, (op, _, run) -> build(op.definition(), run))
                    .build(),
            1,
            InstantSource.system());

    private OpRunner.Output fetch(String name, OpRunner.Run run) throws Exception {
        runs.add(name);
        if (name.startsWith("slow")) {
            run.onCancel(() -> {
                cancelled.countDown();
                letGo.countDown();
            });
            assertThat(letGo.await(20, TimeUnit.SECONDS)).isTrue();
        }
        return switch (name) {
            case "broken" -> throw new IOException("the disk said no");
            case "impatient" -> OpRunner.Output.of(tree(run.demand(source("other"))));
            default -> made(name, new Snapshot(List.of(new LayerId(name))));
        };
    }

    private OpRunner.Output build(String name, OpRunner.Run run) throws Exception {
        runs.add("build " + name);
        return made(name, tree(run.demand(source(name))));
    }

    private static OpRunner.Output made(String name, Snapshot tree) {
        return new OpRunner.Output(List.of(tree), Optional.of(Digest.of(name)), Map.of(), Set.of());
    }

    private static Snapshot tree(StoredResult result) {
        return result.outputs().getFirst();
    }

    private static Vertex source(String name) {
        Reuse reuse = name.startsWith("fresh") ? Reuse.FRESH : Reuse.ANY;
        return new Vertex(new SourceOp("test", name, Map.of("name", name)), List.of(), reuse);
    }

    private static Vertex build(String name) {
        return new BuildOp(name, 0).over(TREE.output(0));
    }

    private Job job(String name) {
        return solver.open(name, JobScope.NONE, new JobListener() {
            @Override
            public void started(Vertex vertex, Instant at) {
                heard.add(name + " started " + vertex);
            }

            @Override
            public void finished(Vertex vertex, Miss run, long result, Duration took) {
                heard.add(name + " finished " + vertex);
            }

            @Override
            public void failed(Vertex vertex, SolveException failure, Duration took) {
                heard.add(name + " failed " + vertex + ": " + failure.getMessage());
            }

            @Override
            public void cancelled(Vertex vertex, Duration took) {
                heard.add(name + " cancelled " + vertex);
            }
        });
    }

    @AfterEach
    void nothingIsLeftAfterwards() throws InterruptedException {
        solver.close(Duration.ofSeconds(5));
        threads.shutdownNow();
        assertThat(threads.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
        assertThat(solver.waits()).isEmpty();
    }

    @Test
    void buildHasTheTreeOfTheNestedStepAndItsJobHearsOfBoth() throws Exception {
        try (Job job = job("job")) {
            assertThat(tree(job.demand(build("a")))).isEqualTo(new Snapshot(List.of(new LayerId("a"))));
        }
        assertThat(heard)
                .containsExactly(
                        "job started tree",
                        "job finished tree",
                        "job started build a",
                        "job started a",
                        "job finished a",
                        "job finished build a");
    }

    @Test
    void eachJobBuildsAnewWhatIsRememberedStepByStep() throws Exception {
        for (int jobs = 0; jobs < 2; jobs++) {
            try (Job job = job("job")) {
                job.demand(build("a"));
                job.demand(build("a"));
            }
        }
        assertThat(runs).containsExactly("tree", "build a", "a", "build a");
    }

    @Test
    void nestedStepThatEachJobHasToMakeIsMadeOnceForTheJob() throws Exception {
        for (int jobs = 0; jobs < 2; jobs++) {
            try (Job job = job("job")) {
                job.demand(source("fresh"));
                job.demand(build("fresh"));
            }
        }
        assertThat(runs).containsExactly("fresh", "tree", "build fresh", "fresh", "build fresh");
    }

    @Test
    void nestedStepIsSharedWithWhoNeedsItOtherwise() throws Exception {
        try (Job outer = job("outer");
                Job other = job("other")) {
            Future<StoredResult> built = threads.submit(() -> outer.demand(build("slow")));
            Future<StoredResult> direct = threads.submit(() -> other.demand(source("slow")));
            await().until(() -> heard.containsAll(List.of("outer started slow", "other started slow")));
            letGo.countDown();
            assertThat(tree(built.get())).isEqualTo(tree(direct.get()));
        }
        assertThat(runs).containsOnlyOnce("slow");
    }

    @Test
    void nestedStepIsCancelledWithTheBuildThatAloneNeedsIt() throws Exception {
        Job leaving = job("leaving");
        Future<StoredResult> built = threads.submit(() -> leaving.demand(build("slow")));
        await().until(() -> runs.contains("slow"));
        leaving.close();
        assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(built::get).hasRootCauseInstanceOf(SolveException.class);
        await().until(() -> solver.waits().isEmpty());
    }

    @Test
    void nestedStepThatOthersNeedGoesOnAndTheBuildDoesNotWaitForIt() throws Exception {
        Job leaving = job("leaving");
        try (Job stays = job("stays")) {
            Future<StoredResult> built = threads.submit(() -> leaving.demand(build("slow")));
            await().until(() -> runs.contains("slow"));
            Future<StoredResult> direct = threads.submit(() -> stays.demand(source("slow")));
            await().until(() -> heard.contains("stays started slow"));
            leaving.close();
            assertThatThrownBy(built::get).hasRootCauseInstanceOf(SolveException.class);
            await().until(() -> solver.waits().stream()
                    .noneMatch(wait -> wait.waiter().name().startsWith("build")));
            assertThat(cancelled.getCount()).isEqualTo(1);
            letGo.countDown();
            assertThat(direct.get().outputs()).hasSize(1);
        }
    }

    @Test
    void nestedStepGoesOnForTheSameBuildOfAnotherJob() throws Exception {
        Job leaving = job("leaving");
        try (Job stays = job("stays")) {
            Future<StoredResult> first = threads.submit(() -> leaving.demand(build("slow")));
            Future<StoredResult> second = threads.submit(() -> stays.demand(build("slow")));
            await().until(() -> heard.containsAll(List.of("leaving started slow", "stays started slow")));
            leaving.close();
            assertThatThrownBy(first::get).hasRootCauseInstanceOf(SolveException.class);
            letGo.countDown();
            assertThat(second.get().outputs()).hasSize(1);
        }
        assertThat(runs).containsOnlyOnce("slow");
    }

    @Test
    void buildFailsWithTheMessageOfTheNestedStep() {
        try (Job job = job("job")) {
            assertThatThrownBy(() -> job.demand(build("broken")))
                    .hasMessage("the disk said no")
                    .isInstanceOfSatisfying(SolveException.class, e -> {
                        assertThat(e.kind()).isEqualTo(SolveException.Kind.FAILED);
                        assertThat(e.origin()).contains(source("broken"));
                    });
        }
        assertThat(heard).contains("job failed broken: the disk said no", "job failed build broken: the disk said no");
    }

    @Test
    void buildIsCancelledWithTheSolver() throws Exception {
        Job job = job("job");
        Future<StoredResult> built = threads.submit(() -> job.demand(build("slow")));
        await().until(() -> runs.contains("slow"));
        solver.close(Duration.ofSeconds(5));
        assertThatThrownBy(built::get)
                .cause()
                .isInstanceOfSatisfying(
                        SolveException.class, e -> assertThat(e.kind()).isEqualTo(SolveException.Kind.CANCELLED));
    }

    /** Others can share the run of a build that may use everybody's results. */
    @Test
    void jobThatJoinsABuildHearsOfItsNestedStep() throws Exception {
        Vertex shared = new Vertex(new BuildOp("slow", 0), List.of(TREE.output(0)));
        try (Job early = job("early");
                Job late = job("late")) {
            Future<StoredResult> first = threads.submit(() -> early.demand(shared));
            await().until(() -> runs.contains("slow"));
            Future<StoredResult> second = threads.submit(() -> late.demand(shared));
            await().until(() -> heard.contains("late started slow"));
            letGo.countDown();
            assertThat(second.get().id()).isEqualTo(first.get().id());
        }
        assertThat(heard).contains("late finished slow", "late finished build slow");
    }

    @Test
    void buildThatWaitsForItsNestedStepIsSaidTo() throws Exception {
        try (Job job = job("job")) {
            Future<StoredResult> built = threads.submit(() -> job.demand(build("slow")));
            await().until(() -> runs.contains("slow"));
            List<String> waits = new ArrayList<>();
            for (Wait wait : solver.waits()) {
                waits.add(wait.waiter().name() + ": " + wait.kind() + " of "
                        + wait.awaited().name());
            }
            assertThat(waits)
                    .containsExactlyInAnyOrder(
                            "job: RESULT of build slow", "build slow: RESULT of slow", "slow: RUN of slow");
            letGo.countDown();
            built.get();
        }
    }

    /** Who has a turn, or a volume, that others wait for must not wait for them. */
    @Test
    void onlyBuildsMayDemandFurtherSteps() {
        try (Job job = job("job")) {
            assertThatThrownBy(() -> job.demand(source("impatient")))
                    .hasMessage("only builds may demand further steps, not impatient: other");
        }
        assertThat(runs).containsExactly("impatient");
    }
}
