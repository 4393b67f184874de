package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.events.Ending;
import org.buildengine.solver.events.Event;
import org.buildengine.solver.events.EventLog;
import org.buildengine.solver.events.OutputPiece;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Wait;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** In which log what steps print is, and for how long. */
@Timeout(60)
class OutputOfStepsTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    private long files() throws IOException {
        try (Stream<Path> logs = Files.list(site.root.resolve("events"))) {
            return logs.count();
        }
    }

    private Future<?> demand(ExecutorService threads, String build, Vertex vertex) {
        return threads.submit(() -> {
            try (BuildLog log = site.history.begin(build, () -> Cancellation.CLIENT_ENDED);
                    Job job = site.solver().open(build, JobScope.NONE, log)) {
                job.demand(vertex);
            }
            return true;
        });
    }

    /** How many jobs of such a name wait for a step. */
    private long waiting(String job) {
        return site.solver().waits().stream()
                .filter(wait ->
                        wait.kind() == Wait.Kind.RESULT && wait.waiter().name().startsWith(job))
                .count();
    }

    @Test
    void runIsWrittenOnceHoweverManyBuildsWantIt() throws Exception {
        Vertex app = site.upload("app", "f", "1");
        site.build("before", app); // or else one build may run this, and another one the command
        Vertex slow = command("slow one", app);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var builds = new ArrayList<Future<?>>();
            for (int i = 0; i < 20; i++) {
                builds.add(demand(threads, "build " + i + ".", slow));
            }
            await().atMost(Duration.ofSeconds(10)).until(() -> waiting("build") == 20);
            site.gate.countDown();
            for (Future<?> build : builds) {
                build.get(10, TimeUnit.SECONDS);
            }
        }
        site.restart();
        for (int i = 0; i < 20; i++) {
            assertThat(site.output("build " + i + ".", slow)).contains("slow one\nlet go\n");
        }
        assertThat(files()).isEqualTo(2);
    }

    @Test
    void runThatOutlivesItsBuildIsWrittenToTheEnd() throws Exception {
        Vertex slow = command("slow one", site.upload("app", "f", "1"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first;
            Future<?> second;
            try (BuildLog log = site.history.begin("one", () -> Cancellation.CLIENT_ENDED);
                    Job job = site.solver().open("one", JobScope.NONE, log)) {
                first = threads.submit(() -> job.demand(slow));
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> site.output("one", slow).isPresent());
                second = demand(threads, "two", slow);
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> site.output("two", slow).isPresent());
            }
            assertThat(first)
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableThat()
                    .havingCause();
            site.gate.countDown();
            second.get(10, TimeUnit.SECONDS);
        }
        assertThat(site.output("two", slow)).contains("slow one\nlet go\n");
        assertThat(site.evidence("two", slow).decision()).isEqualTo(new Decision.Joined("one"));
        EventLog log = site.logs.find(1).orElseThrow();
        assertThat(log.done()).isTrue();
        assertThat(EvidenceSite.events(log).getLast())
                .isInstanceOfSatisfying(
                        Event.Ended.class, ended -> assertThat(ended.ending()).isEqualTo(Ending.SUCCEEDED));

        site.build("three", slow);
        assertThat(site.evidence("three", slow).decision())
                .isInstanceOfSatisfying(
                        Decision.Remembered.class,
                        remembered -> assertThat(remembered.build()).isEqualTo("two"));
        Evidence left = site.evidence("one", slow);
        assertThat(left.outcome()).isEqualTo(Outcome.LEFT);
        assertThat(left.cause()).contains(Cancellation.CLIENT_ENDED);
        assertThat(left.successor()).isEqualTo("two");
        for (String build : List.of("one", "two", "three")) {
            assertThat(site.output(build, slow)).contains("slow one\nlet go\n");
            assertThat(site.result(build, slow)).isPresent();
        }
        site.prune("asked for", slow);
        Vertex again = command("slow one", site.upload("app", "f", "1"));
        site.build("four", again);
        assertThat(site.reasons("four", again)).singleElement().isInstanceOf(Reason.Evicted.class);
    }

    @Test
    void whoJoinsARunHearsWhatItPrintedBefore() throws Exception {
        assertThat(heardLate(() -> {})).containsExactly("began", "slow one\n", "let go\n");
    }

    @Test
    void whoJoinsARunWhoseLogCannotBeReadHearsHowMuchIsMissingAndTheRest() throws Exception {
        List<String> heard = heardLate(() -> Files.delete(site.root.resolve("events/1.log")));
        assertThat(heard).hasSize(3).startsWith("began", "9 bytes are missing");
        // what is printed while a newcomer still reads is for it in the log only
        assertThat(heard).last().isIn("let go\n", "7 bytes are missing");
    }

    @FunctionalInterface
    private interface Change {
        void happens() throws IOException;
    }

    /** What a job hears that joins a run when another one has heard what was printed so far, and {@code meanwhile} has happened. */
    private List<String> heardLate(Change meanwhile) throws Exception {
        Vertex slow = command("slow one", site.upload("app", "f", "1"));
        var early = new Heard();
        var late = new Heard();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                BuildLog log = site.history.begin("one", () -> Cancellation.CLIENT_ENDED);
                Job first = site.solver().open("one", JobScope.NONE, log);
                Job second = site.solver().open("two", JobScope.NONE, early);
                Job third = site.solver().open("three", JobScope.NONE, late)) {
            var jobs = new ArrayList<Future<?>>();
            jobs.add(threads.submit(() -> first.demand(slow)));
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> site.output("one", slow).isPresent());
            jobs.add(threads.submit(() -> second.demand(slow)));
            await().atMost(Duration.ofSeconds(10)).until(() -> early.texts.size() == 2);
            meanwhile.happens();
            jobs.add(threads.submit(() -> third.demand(slow)));
            await().atMost(Duration.ofSeconds(10)).until(() -> late.texts.size() == 2);
            site.gate.countDown();
            for (Future<?> job : jobs) {
                job.get(10, TimeUnit.SECONDS);
            }
        }
        return late.texts;
    }

    /** What one job was told of the run that it joined. */
    private static final class Heard implements JobListener {
        private final List<String> texts = new CopyOnWriteArrayList<>();

        @Override
        public void started(Vertex vertex, Instant at) {
            texts.add("began");
        }

        @Override
        public void output(Vertex vertex, OutputPiece piece) {
            texts.add(new String(piece.bytes(), StandardCharsets.UTF_8));
        }

        @Override
        public void lost(Vertex vertex, long bytes) {
            texts.add(bytes + " bytes are missing");
        }
    }

    /** What is known of a step that runs while its request is closed, and its build lasts; {@code ending} is why that is to end. */
    private Evidence givenUp(Cancellation ending) throws Exception {
        Vertex slow = command("slow one", site.upload("app", "f", "1"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                BuildLog log = site.history.begin("one", () -> ending)) {
            try (Job request = site.solver().open("request", JobScope.NONE, log)) {
                Future<?> _ = threads.submit(() -> request.demand(slow));
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> site.output("one", slow).isPresent());
            }
            Evidence evidence = site.evidence("one", slow);
            site.gate.countDown();
            return evidence;
        }
    }

    @Test
    void stepThatRunsWhenItsBuildEndsWasCancelledForThat() throws Exception {
        Evidence step = givenUp(Cancellation.CLIENT_SILENT);
        assertThat(step.outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(step.cause()).contains(Cancellation.CLIENT_SILENT);
    }

    @Test
    void stepOfARequestThatWasGivenUpIsCancelledWhileItsBuildLasts() throws Exception {
        Evidence step = givenUp(Cancellation.UNKNOWN);
        assertThat(step.outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(step.cause()).contains(Cancellation.CLIENT_LEFT);
    }

    @Test
    void stepThatAnotherRequestOfTheBuildWaitsForIsNotCancelled() throws Exception {
        Vertex slow = command("slow one", site.upload("app", "f", "1"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                BuildLog log = site.history.begin("one", () -> Cancellation.UNKNOWN);
                Job patient = site.solver().open("patient", JobScope.NONE, log)) {
            try (Job hasty = site.solver().open("hasty", JobScope.NONE, log)) {
                Future<?> _ = threads.submit(() -> hasty.demand(slow));
                await().atMost(Duration.ofSeconds(10))
                        .until(() -> site.output("one", slow).isPresent());
                Future<?> _ = threads.submit(() -> patient.demand(slow));
                await().atMost(Duration.ofSeconds(10)).until(() -> waiting("patient") == 1);
            }
            assertThat(site.evidence("one", slow).outcome()).isEqualTo(Outcome.UNKNOWN);
            site.gate.countDown();
            patient.demand(slow);
            assertThat(site.evidence("one", slow).outcome()).isEqualTo(Outcome.SUCCEEDED);
        }
    }

    @Test
    void stepThatIsNotNeededAnyMoreWasCancelledForThat() throws Exception {
        Vertex slow = command("slow one", site.upload("app", "f", "1"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                BuildLog log = site.history.begin("one", () -> Cancellation.CLIENT_LEFT);
                Job job = site.solver().open("one", JobScope.NONE, log)) {
            Future<?> demand = threads.submit(() -> job.demand(slow));
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> site.output("one", slow).isPresent());
            demand.cancel(true);
            site.gate.countDown();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> site.evidence("one", slow).outcome() == Outcome.CANCELLED);
        }
        assertThat(site.evidence("one", slow).cause()).contains(Cancellation.NOT_NEEDED);
    }

    @Test
    void resultOfALaterRunIsNotTheOutputOfOneThatFailed() throws Exception {
        Vertex failing = command("npm fail", site.upload("app", "f", "1"));
        site.build("one", failing);
        site.build("two", failing);
        assertThat(site.result("one", failing)).isEmpty();
        assertThat(site.result("two", failing)).isPresent();
    }

    @Test
    void resultOfALaterRunIsNotTheOutputOfOneWhoseResultIsGone() throws Exception {
        Vertex made = command("npm ci", site.upload("app", "f", "1"));
        site.build("one", made);
        assertThat(site.result("one", made)).isPresent();
        site.prune("asked for", made);
        made = command("npm ci", site.upload("app", "f", "1"));
        site.build("two", made);
        assertThat(site.result("two", made)).isPresent();
        assertThat(site.result("one", made)).isEmpty();
    }

    @Test
    void resultOfAnEarlierRunIsNotTheOutputOfOneThatFailed() throws Exception {
        Vertex fresh = command(Reuse.FRESH, "npm ci", site.upload("app", "f", "1"));
        try (BuildLog log = site.history.begin("one", () -> Cancellation.CLIENT_ENDED)) {
            try (Job job = site.solver().open("one", JobScope.NONE, log)) {
                job.demand(fresh);
            }
            assertThat(site.result("one", fresh)).isPresent();
            site.broken = true;
            try (Job job = site.solver().open("one again", JobScope.NONE, log)) {
                assertThatThrownBy(() -> job.demand(fresh)).isInstanceOf(SolveException.class);
            }
        }
        assertThat(site.evidence("one", fresh).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(site.result("one", fresh)).isEmpty();
    }

    @Test
    void buildThatLastsIsKeptHoweverManyEndMeanwhile() throws Exception {
        site.reopen(4, Long.MAX_VALUE);
        Vertex app = site.upload("app", "f", "1");
        Vertex asked = command("npm ci", app);
        try (BuildLog other = site.history.begin("other", () -> Cancellation.CLIENT_ENDED);
                Job otherJob = site.solver().open("other", JobScope.NONE, other)) {
            try (BuildLog log = site.history.begin("long", () -> Cancellation.CLIENT_ENDED);
                    Job job = site.solver().open("long", JobScope.NONE, log)) {
                job.demand(asked);
                for (int i = 0; i < 12; i++) {
                    site.build("short " + i, command("npm test " + i, app));
                }
                assertThat(site.evidence("long", asked).number()).isPositive();
                otherJob.demand(app);
                assertThat(site.history.read().builds()).hasSize(5);
            }
            // its own end is what makes room: not for that is it the first to go
            assertThat(site.history.read().builds()).hasSize(4);
            assertThat(site.evidence("long", asked).number()).isPositive();
            assertThat(site.logs.find(2)).isPresent();
        }
        for (int i = 0; i < 12; i++) {
            site.build("later " + i, command("npm test " + i, app));
        }
        assertThat(site.history.read().builds()).extracting(Build::id).doesNotContain("long");
        assertThat(site.logs.find(2)).isEmpty();
    }

    @Test
    void outputOfAFailedStepIsThereAfterARestart() throws Exception {
        Vertex failing = command("fail now", site.upload("app", "f", "1"));
        site.build("one", failing);
        site.restart();
        assertThat(site.output("one", failing)).contains("fail now\n");
        assertThat(EvidenceSite.events(site.logs.find(1).orElseThrow()).getLast())
                .isInstanceOfSatisfying(
                        Event.Ended.class, ended -> assertThat(ended.ending()).isEqualTo(Ending.FAILED));
    }

    @Test
    void rememberedStepLeadsToTheRunOfTheBuildThatMadeIt() throws Exception {
        Vertex made = command("npm ci", command("true", site.upload("app", "f", "1")));
        site.build("one", made);
        site.build("two", made);
        assertThat(site.output("two", made)).contains("npm ci\n");
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void stepThatIsRememberedFromAnotherOneLeadsToTheRunOfThat() throws Exception {
        Vertex made = command("npm ci", EvidenceSite.fetched("here"));
        Vertex same = command("npm ci", EvidenceSite.fetched("there"));
        site.build("one", made);
        site.build("two", same);
        assertThat(site.output("two", same)).contains("npm ci\n");
        assertThat(site.result("two", same)).isPresent();
    }

    @Test
    void runOfAnEarlierVersionIsFoundByItsStep() throws Exception {
        Vertex made = command("npm ci", site.upload("app", "f", "1"));
        site.build("one", made);
        StoredResult result =
                site.snapshotter.results().find(KeyKind.RECIPE, made.recipe()).orElseThrow();
        site.snapshotter.buildRows().write(List.of(StepTable.madeBy(result.id(), new Maker("one", Optional.empty()))));
        site.build("two", made);
        assertThat(site.evidence("two", made).run()).isEmpty();
        assertThat(site.output("two", made)).contains("npm ci\n");
        assertThat(site.result("two", made)).isPresent();
    }

    @Test
    void logsGoWithTheirBuilds() throws Exception {
        site.reopen(2, Long.MAX_VALUE);
        Vertex app = site.upload("app", "f", "1");
        for (String build : List.of("one", "two", "three")) {
            site.build(build, command(build, app));
        }
        assertThat(site.history.read().builds()).hasSize(2);
        assertThat(site.root.resolve("events").toFile().list()).containsExactlyInAnyOrder("2.log", "3.log");
    }

    @Test
    void oldestLogsGoBeforeTheirBuildsWhenTheyAreTooLarge() throws Exception {
        site.reopen(100, 400);
        Vertex app = site.upload("app", "f", "1");
        Vertex one = command("one", app);
        site.build("one", one);
        site.build("two", command("two", app));
        site.build("three", command("three", app));
        assertThat(site.history.read().builds()).hasSize(3);
        assertThat(site.output("one", one)).isEmpty();
        assertThat(site.logs.removed(1)).isTrue();
        assertThat(site.output("three", command("three", app))).contains("three\n");
    }

    @Test
    void numbersGoOnAfterThoseOfLogsWithoutABuild() throws Exception {
        site.close();
        Files.writeString(site.root.resolve("events/41.log"), "");
        site.open();
        Vertex one = command("one", site.upload("app", "f", "1"));
        site.build("one", one);
        assertThat(site.history.read().build("one").number()).isEqualTo(42);
    }

    @Test
    void firstBuildWhoseLogIsNotDoneClaimsTheRun() throws SolveException {
        BuildLog ended = site.history.begin("one", () -> Cancellation.CLIENT_ENDED);
        ended.close();
        var miss = new Miss(List.of(), Digest.of("key"), Optional.empty());
        ended.missed(command("x"), miss);
        assertThat(miss.build()).isEmpty();
        try (BuildLog lasting = site.history.begin("two", () -> Cancellation.CLIENT_ENDED);
                BuildLog joining = site.history.begin("three", () -> Cancellation.CLIENT_ENDED)) {
            lasting.missed(command("x"), miss);
            joining.missed(command("x"), miss);
            assertThat(miss.build()).isEqualTo("two");
        }
    }
}
