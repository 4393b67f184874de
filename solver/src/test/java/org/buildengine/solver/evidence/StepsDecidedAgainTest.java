package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.Event;
import org.buildengine.solver.events.LogReader;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A build that lasts asks for a step more than once, and does not come to it in the same way each time. */
@Timeout(60)
class StepsDecidedAgainTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    @SuppressWarnings("NullAway.Init") // set before each test
    private Vertex app;

    @BeforeEach
    void upload() throws IOException {
        app = site.upload("app", "f", "1");
    }

    private BuildLog begin(String build) {
        return site.history.begin(build, () -> Cancellation.CLIENT_ENDED);
    }

    /** A request of a build, a minute after the one before. */
    private void ask(JobListener build, Vertex vertex) throws SolveException, InterruptedException {
        try (Job job = site.solver().open("request", JobScope.NONE, build)) {
            job.demand(vertex);
        } finally {
            site.now = site.now.plusSeconds(60);
        }
    }

    private void askInVain(JobListener build, Vertex vertex) {
        site.failing = String.join(" ", ((ExecOp) vertex.op()).args());
        assertThat(catchThrowable(() -> ask(build, vertex))).isInstanceOf(SolveException.class);
        site.failing = "";
    }

    /** That a step ran, for these reasons, and ended well, also after a restart. */
    private void assertRan(String build, Vertex vertex, Reason... reasons) throws IOException {
        for (int i = 0; i < 2; i++) {
            assertThat(site.reasons(build, vertex)).containsExactly(reasons);
            assertThat(site.evidence(build, vertex).outcome()).isEqualTo(Outcome.SUCCEEDED);
            site.restart();
        }
    }

    /** That a step is remembered, made then by {@code maker}, whose log has the run. */
    private void assertMadeBy(String maker, Instant made, String build, Vertex vertex) throws Exception {
        Evidence step = site.evidence(build, vertex);
        assertThat(step.decision()).isEqualTo(new Decision.Remembered(Lookup.RECIPE, maker, made));
        assertThat(step.outcome()).isEqualTo(Outcome.UNKNOWN);
        HistoryReader reader = site.history.read();
        RunReference run = reader.runOf(reader.build(build), step);
        assertThat(run.build()).isEqualTo(maker);
        try (LogReader log =
                site.logs.find(run.kept().orElseThrow().number()).orElseThrow().read()) {
            boolean found = false;
            while (!log.atEnd()) {
                Optional<Event> event = log.next(Duration.ZERO);
                found |= event.isPresent() && event.get() instanceof Event.Began began && run.isOf(began);
            }
            assertThat(found).isTrue();
        }
        assertThat(reader.resultOf(step, run)).isPresent();
    }

    @Test
    void whoRunsAStepItselfAfterARunThatItJoinedHasFailedMadeTheResult() throws Exception {
        Vertex make = command("make slow", app);
        site.failing = "make slow";
        try (BuildLog one = begin("one");
                BuildLog two = begin("two")) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> runs = threads.submit(() -> askInVain(one, make));
                await().ignoreExceptions()
                        .until(() -> site.evidence("one", make).decision() instanceof Decision.Ran);
                Future<?> joins = threads.submit(() -> askInVain(two, make));
                await().ignoreExceptions()
                        .until(() -> site.evidence("two", make).decision().equals(new Decision.Joined("one")));
                site.gate.countDown();
                runs.get(10, TimeUnit.SECONDS);
                joins.get(10, TimeUnit.SECONDS);
            }
            assertThat(site.evidence("two", make).outcome()).isEqualTo(Outcome.FAILED);
            site.now = START.plusSeconds(600);
            ask(two, make);
        }
        site.build("three", make);
        assertMadeBy("two", START.plusSeconds(600), "three", make);
        assertThat(site.evidence("one", make).outcome()).isEqualTo(Outcome.FAILED);
        assertRan("two", make, new Reason.Unfinished(Outcome.FAILED, "one", Optional.empty()));
    }

    @Test
    void whoRunsAStepAgainThatItRememberedMadeTheLaterResult() throws Exception {
        Vertex usual = command(Reuse.within(Duration.ofHours(1)), "date", app);
        site.build("one", usual);
        site.build("two", usual, command(Reuse.FRESH, "date", app));
        site.build("three", usual);
        assertMadeBy("two", START.plusSeconds(60), "three", usual);
        assertRan("two", usual, new Reason.Forbidden(Reason.Policy.FRESH));
    }

    @Test
    void stepThatRunsForItsPolicyAfterItWasRememberedRan() throws Exception {
        Vertex usual = command("make", app);
        Vertex fresh = command(Reuse.FRESH, "make", app);
        site.build("one", usual);
        try (BuildLog log = begin("two")) {
            ask(log, usual);
            assertMadeBy("one", START, "two", usual);
            ask(log, fresh);
            ask(log, usual);
        }
        assertThat(site.evidence("two", usual).policy()).contains(Reuse.FRESH);
        HistoryReader reader = site.history.read();
        assertThat(reader.steps(reader.build("two")))
                .extracting(Evidence::number)
                .containsExactly(1, 2);
        assertThat(reader.diff(reader.build("one"), reader.build("two")))
                .contains(new Divergence(
                        2,
                        2,
                        "exec make",
                        List.of(new Reason.OperationChanged(Field.Group.SETTING, "cache policy", "Default", "Never"))));
        assertRan("two", usual, new Reason.Forbidden(Reason.Policy.FRESH));
    }

    @Test
    void stepThatFailedAndRunsAgainInItsBuildSaysSo() throws Exception {
        Vertex make = command("make", app);
        try (BuildLog log = begin("one")) {
            askInVain(log, make);
            assertThat(site.reasons("one", make)).containsExactly(new Reason.NeverSeen());
            assertThat(site.evidence("one", make).outcome()).isEqualTo(Outcome.FAILED);
            ask(log, make);
        }
        assertRan("one", make, new Reason.Unfinished(Outcome.FAILED, "one", Optional.empty()));
    }

    @Test
    void stepWhoseResultExpiresWhileItsBuildLastsSaysSo() throws Exception {
        Vertex make = command(Reuse.within(Duration.ofMinutes(2)), "make", app);
        try (BuildLog log = begin("one")) {
            ask(log, make);
            site.now = START.plusSeconds(600);
            ask(log, make);
        }
        assertRan("one", make, new Reason.Expired(START, Duration.ofMinutes(2)));
    }

    @Test
    void stepThatWasOnlyNeededByARememberedOneAndRunsLaterRan() throws Exception {
        Vertex make = command("make", app);
        Vertex test = command("make test", make);
        site.build("one", test);
        try (BuildLog log = begin("two")) {
            ask(log, test);
            assertThat(site.evidence("two", make).decision()).isInstanceOf(Decision.Remembered.class);
            ask(log, command(Reuse.FRESH, "make", app));
        }
        assertRan("two", make, new Reason.Forbidden(Reason.Policy.FRESH));
        assertThat(site.evidence("two", test).decision()).isInstanceOf(Decision.Remembered.class);
    }

    @Test
    void stepThatFailedAndSucceededForAnotherBuildIsRememberedFromThere() throws Exception {
        Vertex make = command("make", app);
        try (BuildLog log = begin("one")) {
            askInVain(log, make);
            site.build("two", make);
            ask(log, make);
        }
        assertMadeBy("two", START.plusSeconds(60), "one", make);
        site.restart();
        assertMadeBy("two", START.plusSeconds(60), "one", make);
    }

    @Test
    void stepThatIsAskedForAgainAndHasTheSameResultIsWhatItWas() throws Exception {
        Vertex make = command("make", app);
        Vertex slow = command("make slow", app);
        try (BuildLog one = begin("one");
                BuildLog two = begin("two")) {
            ask(one, make);
            ask(one, make);
            ask(two, make);
            ask(two, make);
            assertMadeBy("one", START, "two", make);
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> runs = threads.submit(() -> {
                    ask(one, slow);
                    return true;
                });
                await().ignoreExceptions()
                        .until(() -> site.evidence("one", slow).decision() instanceof Decision.Ran);
                Future<?> joins = threads.submit(() -> {
                    ask(two, slow);
                    return true;
                });
                await().ignoreExceptions()
                        .until(() -> site.evidence("two", slow).number() > 0);
                site.gate.countDown();
                runs.get(10, TimeUnit.SECONDS);
                joins.get(10, TimeUnit.SECONDS);
            }
            ask(two, slow);
            assertThat(site.evidence("two", slow).decision()).isEqualTo(new Decision.Joined("one"));
            assertThat(site.evidence("two", slow).outcome()).isEqualTo(Outcome.SUCCEEDED);
        }
        assertRan("one", make, new Reason.NeverSeen());
    }

    @Test
    void runThatASecondRequestOfTheBuildHearsOfLaterIsTheSameRun() throws Exception {
        var run = new Miss(List.of(), Digest.of("key"), Optional.empty());
        try (BuildLog log = begin("one")) {
            log.missed(app, run);
            log.finished(app, run, 7, Duration.ZERO);
            log.missed(app, run);
        }
        assertRan("one", app, new Reason.NeverSeen());
    }

    @Test
    void stepThatRanAgainWhenTheEngineDiedDidNotEndAsTheRunBefore() throws Exception {
        BuildLog log = begin("one");
        var run = new Miss(List.of(), Digest.of("key"), Optional.empty());
        log.missed(app, run);
        log.finished(app, run, 7, Duration.ZERO);
        log.missed(app, new Miss(List.of(), Digest.of("key"), Optional.empty()));
        assertThat(site.evidence("one", app).outcome()).isEqualTo(Outcome.UNKNOWN);
        site.restart();
        assertThat(site.evidence("one", app).outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(site.evidence("one", app).cause()).contains(Cancellation.ENGINE_DIED);
    }

    @Test
    void stepThatFailedAndRanAgainSaysWhatIsSoWhicheverWritesAreLost() throws Exception {
        site.together = 1;
        site.restart();
        int before = site.rows.written();
        failAndAskAgain("all");
        int writes = site.rows.written() - before;
        assertThat(writes).isGreaterThan(4);
        for (int lost = 0; lost < writes; lost++) {
            String id = "lost " + lost;
            site.rows.dieAfter(writes - lost);
            Vertex make = failAndAskAgain(id);
            site.restart();
            HistoryReader reader = site.history.read();
            for (Evidence step : reader.steps(reader.build(id))) {
                if (step.recipe().equals(make.recipe())) {
                    Reason reason = ((Decision.Ran) step.decision()).reasons().getFirst();
                    boolean isAgain = reason.equals(new Reason.Unfinished(Outcome.FAILED, id, Optional.empty()));
                    assertThat(step.outcome()).as(id + step).isNotEqualTo(Outcome.UNKNOWN);
                    assertThat(isAgain ? step.outcome() : Outcome.SUCCEEDED)
                            .as(id + step)
                            .isEqualTo(Outcome.SUCCEEDED);
                    assertThat(isAgain).as(id + step).isEqualTo(lost < 3);
                }
            }
            site.build("after " + lost, make);
            assertThat(site.evidence("after " + lost, make).decision()).isInstanceOf(Decision.Remembered.class);
        }
    }

    /** A build whose step fails, and runs again. */
    private Vertex failAndAskAgain(String id) throws Exception {
        Vertex make = command("make " + id, site.upload(id, "f", id));
        try (BuildLog log = begin(id)) {
            askInVain(log, make);
            site.history.settle();
            ask(log, make);
            site.history.settle();
        }
        site.history.settle();
        return make;
    }
}
