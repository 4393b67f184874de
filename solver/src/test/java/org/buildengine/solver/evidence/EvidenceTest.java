package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.buildengine.solver.evidence.EvidenceSite.command;
import static org.buildengine.solver.evidence.EvidenceSite.fetched;
import static org.buildengine.solver.evidence.EvidenceSite.merge;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.solver.Job;
import org.buildengine.solver.JobListener;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.SolveException;
import org.buildengine.solver.op.ExecOp;
import org.buildengine.solver.op.ExecOps;
import org.buildengine.solver.op.Reuse;
import org.buildengine.solver.op.Vertex;
import org.buildengine.solver.waiting.Wait;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Each reason for which a step runs, over a real store. What was found is the same after a restart. */
class EvidenceTest {
    @RegisterExtension
    final EvidenceSite site = new EvidenceSite();

    /** The reasons, which have to be the same before and after a restart. */
    private List<Reason> reasons(String build, Vertex vertex) throws IOException {
        List<Reason> reasons = site.reasons(build, vertex);
        site.restart();
        assertThat(site.reasons(build, vertex)).isEqualTo(reasons);
        return reasons;
    }

    private static String shortDigest(String content) {
        return "sha256 " + Digest.of(content).hex().substring(0, 12);
    }

    private static FileChange changed(String path, String before, String after) {
        return new FileChange(path, shortDigest(before), shortDigest(after));
    }

    private Vertex app(String json) throws IOException {
        return site.upload("app", "package.json", json, "main.js", "same");
    }

    @Test
    void firstTimeIsNeverSeen() throws Exception {
        Vertex install = command("npm ci", app("1"));
        site.build("one", install);
        assertThat(reasons("one", install)).containsExactly(new Reason.NeverSeen());
        assertThat(site.evidence("one", install).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }

    @Test
    void rememberedStepNamesTheBuildThatMadeItAlsoWhenThatOneOnlyNeededIt() throws Exception {
        Vertex install = command("npm ci", app("1"));
        Vertex test = command("npm test", install);
        site.build("one", install);
        site.build("two", test);
        site.restart();
        site.build("three", test);
        assertThat(site.evidence("two", install).decision())
                .isEqualTo(new Decision.Remembered(Lookup.RECIPE, "one", Instant.parse("2026-01-01T00:00:00Z")));
        assertThat(site.evidence("three", test).decision())
                .isEqualTo(new Decision.Remembered(Lookup.RECIPE, "two", Instant.parse("2026-01-01T00:01:00Z")));
        assertThat(site.evidence("three", install).decision())
                .isEqualTo(new Decision.Remembered(
                        Lookup.NEEDED_BY_REMEMBERED, "one", Instant.parse("2026-01-01T00:00:00Z")));
    }

    /** How a step of a build was found to be remembered that was not asked for before as it is. */
    private Decision.Remembered found(Vertex vertex) throws IOException {
        var decision = (Decision.Remembered) site.evidence("two", vertex).decision();
        site.restart();
        assertThat(site.evidence("two", vertex).decision()).isEqualTo(decision);
        return decision;
    }

    private static Decision.Remembered by(Lookup how) {
        return new Decision.Remembered(how, "one", Instant.parse("2026-01-01T00:00:00Z"));
    }

    @Test
    void stepOverTheSameInputsOfOtherOriginIsFoundByItsProducer() throws Exception {
        site.build("one", command("npm ci", fetched("here")));
        Vertex install = command("npm ci", fetched("there"));
        site.build("two", install);
        assertThat(found(install)).isEqualTo(by(Lookup.PRODUCER));
    }

    @Test
    void stepThatReadsTheSameOfOtherInputsIsFoundByTheirContent() throws Exception {
        Vertex tools = site.upload("tools", "f", "1");
        site.build("one", readingLib(tools, site.upload("app", "lib/a", "1", "readme", "old")));
        Vertex reading = readingLib(tools, site.upload("app", "lib/a", "1", "readme", "new"));
        site.build("two", reading);
        assertThat(found(reading)).isEqualTo(by(Lookup.CONTENT));
    }

    /** A command that sees nothing but the directory {@code lib} of its second input. */
    private static Vertex readingLib(Vertex tools, Vertex app) {
        var lib = new ExecOp.ExecMount.Tree("/lib", 1, "lib", Optional.empty());
        var op = ExecOps.of(List.of("make"), List.of(), List.of(lib));
        return new Vertex(op, List.of(tools.output(0), app.output(0)));
    }

    @Test
    void stepThatWaitsForAnotherThatDoesTheSameJoinedIt() throws Exception {
        Vertex first = command("make slow", fetched("here"));
        Vertex twin = command("make slow", fetched("there"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> one = threads.submit(() -> {
                site.build("one", first);
                return true;
            });
            awaitWait(Wait.Kind.RUN);
            Future<?> two = threads.submit(() -> {
                site.build("two", twin);
                return true;
            });
            awaitWait(Wait.Kind.JOINED);
            site.gate.countDown();
            one.get(10, TimeUnit.SECONDS);
            two.get(10, TimeUnit.SECONDS);
        }
        assertThat(found(twin).how()).isEqualTo(Lookup.JOINED);
    }

    private void awaitWait(Wait.Kind kind) {
        await().atMost(Duration.ofSeconds(10))
                .until(() -> site.solver().waits().stream().anyMatch(wait -> wait.kind() == kind));
    }

    @Test
    void inputThatWasAddedAndInputThatIsGoneAreNamed() throws Exception {
        Vertex lib = site.upload("lib", "lib.js", "x");
        site.build("one", merge(app("1"), lib));
        Vertex more = merge(app("1"), lib, site.upload("docs", "readme", "x"));
        site.build("two", more);
        assertThat(reasons("two", more))
                .containsExactly(new Reason.InputChanged("upload docs", Reason.Extent.ADDED, List.of(), 0));
        Vertex fewer = merge(app("1"));
        site.build("three", fewer);
        assertThat(reasons("three", fewer))
                .containsExactly(
                        new Reason.InputChanged("upload lib", Reason.Extent.REMOVED, List.of(), 0),
                        new Reason.InputChanged("upload docs", Reason.Extent.REMOVED, List.of(), 0));
    }

    @Test
    void changedFileIsNamedForTheUploadAndForWhatWorksOnIt() throws Exception {
        site.build("one", command("npm ci", app("1")));
        Vertex install = command("npm ci", app("2"));
        site.build("two", install);
        List<FileChange> files = List.of(changed("/package.json", "1", "2"));
        assertThat(reasons("two", install))
                .containsExactly(new Reason.InputChanged("upload app", Reason.Extent.FILES, files, 0));
        assertThat(site.reasons("two", app("2")))
                .containsExactly(new Reason.InputChanged("upload app", Reason.Extent.FILES, files, 0));
        Decision.Ran ran = (Decision.Ran) site.evidence("two", install).decision();
        assertThat(ran.build()).isEqualTo("one");
        assertThat(ran.seen()).isEqualTo("2026-01-01T00:00:00Z");
    }

    @Test
    void twoChangedInputsAreBothNamed() throws Exception {
        site.build("one", merge(app("1"), site.upload("lib", "lib.js", "old", "gone.js", "x")));
        Vertex both = merge(app("2"), site.upload("lib", "lib.js", "new", "more.js", "y"));
        site.build("two", both);
        assertThat(reasons("two", both))
                .containsExactly(
                        new Reason.InputChanged(
                                "upload app", Reason.Extent.FILES, List.of(changed("/package.json", "1", "2")), 0),
                        new Reason.InputChanged(
                                "upload lib",
                                Reason.Extent.FILES,
                                List.of(
                                        new FileChange("/gone.js", shortDigest("x"), ""),
                                        changed("/lib.js", "old", "new"),
                                        new FileChange("/more.js", "", shortDigest("y"))),
                                0));
    }

    @Test
    void argumentThatChangedIsNamedAndWhatComesAfterItIsUpstream() throws Exception {
        Vertex app = app("1");
        site.build("one", command("npm test", command("npm ci", app)));
        Vertex install = command("npm install", app);
        Vertex test = command("npm test", install);
        site.build("two", test);
        assertThat(reasons("two", install))
                .containsExactly(new Reason.OperationChanged(Field.Group.ARGUMENT, "argument 1", "ci", "install"));
        assertThat(reasons("two", test))
                .containsExactly(new Reason.UpstreamChanged(
                        2,
                        "exec npm install",
                        Reason.Extent.FILES,
                        List.of(changed("/made by npm", "npm ci[PATH=/bin]", "npm install[PATH=/bin]")),
                        0));
    }

    @Test
    void variableThatChangedIsNamedWithoutItsValue() throws Exception {
        Vertex app = app("1");
        site.build("one", command(List.of("TOKEN=hunter2", "A=1"), "make", app));
        Vertex make = command(List.of("TOKEN=hunter3", "B=2"), "make", app);
        site.build("two", make);
        List<Reason> reasons = reasons("two", make);
        assertThat(reasons)
                .extracting(reason -> ((Reason.OperationChanged) reason).name())
                .containsExactly("TOKEN", "A", "B");
        assertThat(reasons).allMatch(reason -> ((Reason.OperationChanged) reason).group() == Field.Group.ENVIRONMENT);
        assertThat(reasons.toString()).doesNotContain("hunter");
    }

    @Test
    void stepWhoseResultWasRemovedNamesPolicyTimeAndSize() throws Exception {
        Vertex install = command("npm ci", app("1"));
        site.build("one", command("npm test", install));
        CacheRecord listed = site.snapshotter.collector().usage().records().stream()
                .filter(each -> each.origin().description().contains("npm ci"))
                .findFirst()
                .orElseThrow();
        assertThat(listed.sharedBytes()).isPositive();
        site.prune("asked for by a client", install);
        site.restart();
        install = command("npm ci", app("1"));
        site.build("two", install);
        assertThat(reasons("two", install)).singleElement().satisfies(reason -> {
            Reason.Evicted evicted = (Reason.Evicted) reason;
            assertThat(evicted.at()).isEqualTo("2026-01-01T00:01:00Z");
            assertThat(evicted.policy()).isEqualTo("asked for by a client");
            assertThat(evicted.bytes()).isEqualTo(listed.exclusiveBytes() + listed.sharedBytes());
        });
    }

    @Test
    void stepWhoseRemovalIsForgottenIsLost() throws Exception {
        Vertex install = command("npm ci", app("1"));
        site.build("one", install);
        site.prune("asked for", install);
        site.now = site.now.plus(Duration.ofDays(31));
        site.snapshotter.collector().usage();
        install = command("npm ci", app("1"));
        site.build("two", install);
        assertThat(reasons("two", install)).containsExactly(new Reason.Lost());
    }

    @Test
    void stepWhoseResultIsThereAndThatDiffersInNothingIsNotSaidToHaveLostIt() throws Exception {
        Vertex app = app("1");
        Vertex other = command("npm test", app);
        site.build("one", other);
        long result = site.snapshotter
                .results()
                .find(KeyKind.RECIPE, other.recipe())
                .orElseThrow()
                .id();
        Vertex install = command("npm ci", app);
        StepRecord claimed = StepRecord.of(install, "one", site.now).succeeded(result, "one", site.now);
        site.snapshotter.buildRows().write(List.of(StepTable.put(claimed)));
        site.build("two", install);
        assertThat(reasons("two", install)).containsExactly(new Reason.Unexplained());
    }

    @Test
    void stepWhoseEarlierResultHasAKeyThatAnswersNobodyElseRunsForNoReasonThatIsKnown() throws Exception {
        Vertex source = new Vertex(fetched("here").op(), List.of(), Reuse.FRESH);
        Vertex install = command("npm ci", source);
        site.build("one", install);
        long first = result(install);
        site.build("two", command(Reuse.FRESH, "npm ci", source)); // has a key of its own, since the usual one is taken
        assertThat(result(install)).isNotEqualTo(first);
        var policy = new CachePolicy(
                "asked for", record -> record.id().equals(Long.toString(first)), Duration.ZERO, 0, 0, 0);
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            site.snapshotter.collector().prune(List.of(policy));
            return site.snapshotter.results().find(first).isEmpty();
        });
        site.build("three", install);
        assertThat(reasons("three", install)).containsExactly(new Reason.Unexplained());
    }

    private long result(Vertex vertex) {
        return site.snapshotter
                .results()
                .find(KeyKind.RECIPE, vertex.recipe())
                .orElseThrow()
                .id();
    }

    @Test
    void stepThatFailedRunsAgainForThatReason() throws Exception {
        Vertex failing = command("npm fail", app("1"));
        site.build("one", failing);
        assertThat(site.evidence("one", failing).outcome()).isEqualTo(Outcome.FAILED);
        site.build("two", failing);
        assertThat(reasons("two", failing))
                .containsExactly(new Reason.Unfinished(Outcome.FAILED, "one", Optional.empty()));
    }

    private BuildLog begin(String build, Vertex vertex, Cancellation whyEnded) {
        return begin(build, vertex, new Miss(List.of(), Digest.of("key"), Optional.empty()), whyEnded);
    }

    private BuildLog begin(String build, Vertex vertex, Miss run, Cancellation whyEnded) {
        BuildLog log = site.history.begin(build, () -> whyEnded);
        log.missed(vertex, run);
        return log;
    }

    @Test
    void stepThatWasCancelledRunsAgainForThatReasonWhichNamesTheCause() throws Exception {
        Vertex vertex = app("1");
        try (BuildLog one = begin("one", vertex, Cancellation.CLIENT_LEFT)) {
            one.left(vertex, Duration.ZERO);
        }
        site.build("two", vertex);
        assertThat(reasons("two", vertex))
                .containsExactly(
                        new Reason.Unfinished(Outcome.CANCELLED, "one", Optional.of(Cancellation.CLIENT_LEFT)));
    }

    @Test
    void stepWhoseEngineDiedWhileItRanSaysSoAndRunsAgainForThatReason() throws Exception {
        Vertex vertex = app("1");
        begin("one", vertex, Cancellation.CLIENT_ENDED);
        assertThat(site.evidence("one", vertex).outcome()).isEqualTo(Outcome.UNKNOWN);
        // of a build that was not closed nothing more is written
        site.restart();
        assertThat(site.evidence("one", vertex).outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(site.evidence("one", vertex).cause()).contains(Cancellation.ENGINE_DIED);
        assertThat(site.history.read().build("one").died()).isTrue();
        site.build("two", vertex);
        assertThat(reasons("two", vertex))
                .containsExactly(
                        new Reason.Unfinished(Outcome.CANCELLED, "one", Optional.of(Cancellation.ENGINE_DIED)));
    }

    @Test
    void stepThatWasJoinedWhenTheEngineDiedSaysSo() throws Exception {
        Vertex vertex = app("1");
        var run = new Miss(List.of(), Digest.of("key"), Optional.empty());
        for (String build : List.of("one", "two")) {
            site.history.begin(build, () -> Cancellation.UNKNOWN).missed(vertex, run);
        }
        site.restart();
        Evidence joined = site.evidence("two", vertex);
        assertThat(joined.decision()).isEqualTo(new Decision.Joined("one"));
        assertThat(joined.outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(joined.cause()).contains(Cancellation.ENGINE_DIED);
    }

    @Test
    void stepThatWasJoinedWhenTheEngineDiedSucceededIfTheRunLeftAResult() throws Exception {
        Vertex install = command("npm ci", app("1"));
        buildsCutOff(install, "one", "two");
        Evidence joined = site.evidence("two", install);
        assertThat(joined.decision()).isEqualTo(new Decision.Joined("one"));
        assertThat(joined.outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(site.evidence("one", install).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }

    @Test
    void stepThatWasJoinedSucceededIfTheEngineDiedAfterTheEndForTheOtherBuild() throws Exception {
        Vertex fetch = fetched("here");
        site.build("before", fetch);
        var run = new Miss(List.of(), Digest.of("key"), Optional.empty());
        BuildLog one = site.history.begin("one", () -> Cancellation.UNKNOWN);
        one.missed(fetch, run);
        site.history.begin("two", () -> Cancellation.UNKNOWN).missed(fetch, run);
        one.finished(fetch, run, result(fetch), Duration.ZERO);
        site.restart();
        assertThat(site.evidence("two", fetch).decision()).isEqualTo(new Decision.Joined("one"));
        assertThat(site.evidence("two", fetch).outcome()).isEqualTo(Outcome.SUCCEEDED);
    }

    /** Builds that one after the other ask for steps that run, and whose engine dies before it writes how they ended. */
    private void buildsCutOff(Vertex vertex, String... ids) throws Exception {
        List<BuildLog> logs = Stream.of(ids)
                .map(each -> site.history.begin(each, () -> Cancellation.CLIENT_ENDED))
                .toList();
        var beginnings = new JobListener() {
            @Override
            public void missed(Vertex step, Miss miss) {
                logs.forEach(log -> log.missed(step, miss));
            }
        };
        try (Job job = site.solver().open(ids[0], JobScope.NONE, beginnings)) {
            job.demand(vertex);
        }
        site.restart();
    }

    @Test
    void stepWhoseEngineDiedBeforeItWroteItsEndSucceededIfItLeftAResult() throws Exception {
        Vertex install = command("npm ci", app("1"));
        buildsCutOff(install, "one");
        assertThat(site.history.read().build("one").died()).isTrue();
        assertThat(site.evidence("one", install).outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(site.evidence("one", install).cause()).isEmpty();
        site.build("two", install);
        assertThat(found(install)).isEqualTo(by(Lookup.RECIPE));
        assertThat(site.evidence("one", install).outcome()).isEqualTo(Outcome.SUCCEEDED);
        HistoryReader reader = site.history.read();
        RunReference run = reader.runOf(reader.build("two"), site.evidence("two", install));
        assertThat(run.build()).isEqualTo("one");
        assertThat(reader.resultOf(site.evidence("one", install), run)).isPresent();
        site.prune("asked for", install);
        install = command("npm ci", app("1"));
        site.build("three", install);
        assertThat(reasons("three", install)).singleElement().isInstanceOf(Reason.Evicted.class);
    }

    @Test
    void stepWhoseEngineDiedWhileItRanDidNotMakeWhatAnotherBuildLeft() throws Exception {
        Vertex fresh = new Vertex(fetched("here").op(), List.of(), Reuse.FRESH);
        site.build("one", fresh);
        begin("two", fresh, Cancellation.CLIENT_ENDED);
        site.restart();
        assertThat(site.evidence("two", fresh).outcome()).isEqualTo(Outcome.CANCELLED);
        assertThat(site.evidence("two", fresh).cause()).contains(Cancellation.ENGINE_DIED);
    }

    @Test
    void resultIsOfTheBuildThatMadeItThoughAnotherOneRunsTheStepToo() throws Exception {
        Vertex usual = fetched("here");
        site.build("before", usual);
        long result = site.snapshotter
                .results()
                .find(KeyKind.RECIPE, usual.recipe())
                .orElseThrow()
                .id();
        Vertex fresh = new Vertex(usual.op(), List.of(), Reuse.FRESH);
        var run = new Miss(List.of(), Digest.of("key"), Optional.empty());
        try (BuildLog one = begin("one", fresh, run, Cancellation.CLIENT_ENDED);
                BuildLog _ = begin("two", fresh, Cancellation.CLIENT_ENDED)) {
            one.finished(fresh, run, result, Duration.ZERO);
            site.build("three", usual);
        }
        assertThat(site.evidence("three", usual).decision())
                .isEqualTo(new Decision.Remembered(Lookup.RECIPE, "one", Instant.parse("2026-01-01T00:00:00Z")));
    }

    @Test
    void stepThatEndsWhenItsBuildHasTooManyHasAnEndAllTheSame() throws Exception {
        Vertex vertex = app("1");
        try (BuildLog one = begin("one", vertex, Cancellation.CLIENT_ENDED)) {
            for (int i = 0; i < 20_000; i++) {
                one.remembered(command("step " + i), Lookup.RECIPE, 0);
            }
            one.failed(
                    vertex, new SolveException(SolveException.Kind.FAILED, vertex, "it failed", null), Duration.ZERO);
        }
        assertThat(site.evidence("one", vertex).outcome()).isEqualTo(Outcome.FAILED);
        assertThat(site.history.read().steps(site.history.read().build("one"))).hasSize(20_000);
        assertThat(BuildHistory.isFull(20_000)).isTrue();
        assertThat(BuildHistory.isFull(19_999)).isFalse();
    }

    @Test
    void stepThatStillRunsForAnotherBuildHasNotEnded() throws Exception {
        Vertex vertex = app("1");
        BuildLog one = begin("one", vertex, Cancellation.CLIENT_ENDED);
        BuildLog two = begin("two", vertex, Cancellation.CLIENT_ENDED);
        assertThat(site.reasons("two", vertex))
                .containsExactly(new Reason.Unfinished(Outcome.UNKNOWN, "one", Optional.empty()));
        one.close();
        two.close();
    }

    @Test
    void resultThatIsTooOldForItsPolicyExpired() throws Exception {
        Vertex app = app("1");
        Vertex update = command(Reuse.within(Duration.ofMinutes(90)), "apt update", app);
        site.build("one", update);
        site.build("two", update);
        assertThat(site.evidence("two", update).decision()).isInstanceOf(Decision.Remembered.class);
        site.now = Instant.parse("2026-01-01T01:30:00Z");
        site.build("three", update);
        assertThat(reasons("three", update))
                .containsExactly(new Reason.Expired(Instant.parse("2026-01-01T00:00:00Z"), Duration.ofMinutes(90)));
        site.build("four", update);
        assertThat(site.evidence("four", update).decision())
                .isEqualTo(new Decision.Remembered(Lookup.RECIPE, "three", Instant.parse("2026-01-01T01:30:00Z")));
    }

    @Test
    void stepThatMayUseNothingFromBeforeIsForbiddenByPolicyAndWhatWorksOnTheSameIsRemembered() throws Exception {
        Vertex fresh = command(Reuse.FRESH, "make version", app("1"));
        Vertex test = command("npm test", fresh);
        site.build("one", test);
        site.build("two", test);
        assertThat(reasons("two", fresh)).containsExactly(new Reason.Forbidden(Reason.Policy.FRESH));
        assertThat(site.evidence("two", test).decision())
                .isEqualTo(new Decision.Remembered(Lookup.PRODUCER, "one", Instant.parse("2026-01-01T00:00:00Z")));
    }

    @Test
    void stepsAfterOneWhosePolicyChangedNameItTheFirstTimeAndAreRememberedFromThenOn() throws Exception {
        Vertex app = app("1");
        site.build("one", command("npm publish", command("npm test", command("make version", app))));
        Vertex fresh = command(Reuse.FRESH, "make version", app);
        Vertex test = command("npm test", fresh);
        Vertex publish = command("npm publish", test);
        site.build("two", publish);
        assertThat(reasons("two", fresh)).containsExactly(new Reason.Forbidden(Reason.Policy.FRESH));
        var policy = new Reason.PolicyChanged(2, "exec make version", "Default", "Never", Reason.Extent.SAME_FILES);
        assertThat(reasons("two", test)).containsExactly(policy);
        assertThat(reasons("two", publish)).containsExactly(policy);
        site.build("three", publish);
        assertThat(site.evidence("three", test).decision()).isInstanceOf(Decision.Remembered.class);
        assertThat(site.evidence("three", publish).decision()).isInstanceOf(Decision.Remembered.class);
    }

    @Test
    void stepAfterOneWhosePolicyChangedIsNotSaidToHaveGotSomethingElseWhenTheEarlierFilesAreGone() throws Exception {
        Vertex make = command(Reuse.within(Duration.ofHours(1)), "make version", app("1"));
        site.build("one", command("npm test", make));
        site.prune("asked for", make);
        Vertex usual = command("make version", app("1"));
        Vertex test = command("npm test", usual);
        site.build("two", test);
        assertThat(reasons("two", usual)).singleElement().isInstanceOf(Reason.Evicted.class);
        assertThat(reasons("two", test).getFirst())
                .isEqualTo(new Reason.PolicyChanged(2, "exec make version", "", "Default", Reason.Extent.UNKNOWN));
    }

    @Test
    void stepThatMayUseItsOwnSessionsResultsOnlyIsForbiddenByPolicy() throws Exception {
        Vertex deploy = command(Reuse.PER_SESSION, "deploy", app("1"));
        site.build("one", deploy, deploy);
        site.build("two", deploy);
        assertThat(reasons("two", deploy)).containsExactly(new Reason.Forbidden(Reason.Policy.PER_SESSION));
    }

    @Test
    void policyIsPartOfNoKey() throws Exception {
        Vertex app = app("1");
        site.build("one", command(Reuse.FRESH, "make", app));
        Vertex usual = command("make", app);
        site.build("two", usual);
        assertThat(site.evidence("two", usual).decision())
                .isEqualTo(new Decision.Remembered(Lookup.RECIPE, "one", Instant.parse("2026-01-01T00:00:00Z")));
    }

    @Test
    void stepThatGivesSomethingElseUnderTheSameKeyIsNamedByWhatWorksOnIt() throws Exception {
        Vertex date = command(Reuse.FRESH, "date", app("1"));
        Vertex test = command("npm test", merge(date, app("2")));
        Vertex publish = command("npm publish", test);
        site.build("one", publish);
        site.build("two", publish);
        assertThat(reasons("two", date)).containsExactly(new Reason.Forbidden(Reason.Policy.FRESH));
        var other =
                changed("/made by date", "date[PATH=/bin]2026-01-01T00:00:00Z", "date[PATH=/bin]2026-01-01T00:01:00Z");
        assertThat(reasons("two", test))
                .containsExactly(new Reason.NonDeterministic(
                        site.evidence("two", date).number(), "exec date", Reason.Extent.FILES, List.of(other), 0));
        assertThat(reasons("two", publish))
                .singleElement()
                .isEqualTo(new Reason.NonDeterministic(
                        site.evidence("two", date).number(), "exec date", Reason.Extent.FILES, List.of(other), 0));
    }

    @Test
    void stepThatGaveSomethingElseInABuildBetweenIsNamedToo() throws Exception {
        Vertex date = command(Reuse.within(Duration.ofMinutes(2)), "date", app("1"));
        Vertex test = command("npm test", date);
        site.build("one", test);
        site.now = site.now.plus(Duration.ofHours(1));
        site.build("two", date);
        site.build("three", test);
        assertThat(site.evidence("three", date).decision()).isInstanceOf(Decision.Remembered.class);
        assertThat(reasons("three", test)).singleElement().satisfies(reason -> {
            var change = (Reason.NonDeterministic) reason;
            assertThat(change.name()).isEqualTo("exec date");
            assertThat(change.files()).hasSize(1);
        });
    }

    @Test
    void buildsAreComparedToTheFirstDivergence() throws Exception {
        site.build("one", command("npm test", command("npm ci", app("1"))));
        site.build("two", command("npm test", command("npm ci", app("2"))));
        site.build("three", command("npm test", command("npm i", app("2"))));
        site.build("four", command("npm test", command("npm i", app("2"))));
        site.restart();
        HistoryReader reader = site.history.read();
        assertThat(reader.diff(reader.build("one"), reader.build("two")))
                .contains(new Divergence(
                        1,
                        1,
                        "upload app",
                        List.of(new Reason.InputChanged(
                                "upload app", Reason.Extent.FILES, List.of(changed("/package.json", "1", "2")), 0))));
        assertThat(reader.diff(reader.build("two"), reader.build("three")))
                .contains(new Divergence(
                        2,
                        2,
                        "exec npm i",
                        List.of(new Reason.OperationChanged(Field.Group.ARGUMENT, "argument 1", "ci", "i"))));
        assertThat(reader.diff(reader.build("three"), reader.build("four"))).isEmpty();
    }

    @Test
    void buildAboutWhichNothingIsDecidedYetIsListedWhileItLasts() throws Exception {
        site.build("before", app("1"));
        try (BuildLog hanging = site.history.begin("hanging", () -> Cancellation.CLIENT_ENDED)) {
            HistoryReader reader = site.history.read();
            assertThat(reader.builds()).extracting(Build::id).containsExactly("hanging", "before");
            Build build = reader.build("hang");
            assertThat(build.ended()).isEmpty();
            assertThat(build.died()).isFalse();
            assertThat(reader.steps(build)).isEmpty();
            assertThat(reader.build("").id()).isEqualTo("before");
            hanging.remembered(app("1"), Lookup.RECIPE, 0);
            assertThat(site.history.read().builds()).hasSize(2);
            assertThat(site.history.read().build("").id()).isEqualTo("hanging");
        }
        try (BuildLog _ = site.history.begin("idle", () -> Cancellation.CLIENT_ENDED)) {
            assertThat(site.history.read().builds()).hasSize(3);
        }
        assertThat(site.history.read().builds()).extracting(Build::id).containsExactly("hanging", "before");
    }

    @Test
    void buildThatIsNotKeptIsRefusedWithWhatToDo() throws Exception {
        assertThatThrownBy(() -> site.history.read().build(""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no build is kept yet: run one, and ask again");
        site.build("seven", app("1"));
        site.build("seventy", app("1"));
        HistoryReader reader = site.history.read();
        assertThat(reader.build("").id()).isEqualTo("seventy");
        assertThat(reader.build("seven").id()).isEqualTo("seven");
        assertThatThrownBy(() -> reader.build("seve"))
                .hasMessage("2 builds have ids that begin with \"seve\"; give more of it");
        assertThatThrownBy(() -> reader.build("x"))
                .hasMessage("no build is kept whose id begins with \"x\"; engine explain --list names them");
        assertThatThrownBy(() -> reader.build("x".repeat(100_000)))
                .hasMessageStartingWith("no build is kept whose id begins with \"xxx")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(250));
    }

    @Test
    void buildWhoseEndCannotBeWrittenGoesAsTheOthersDo() throws Exception {
        site.reopen(4, Long.MAX_VALUE);
        try (BuildLog first = site.history.begin("first", () -> Cancellation.CLIENT_ENDED)) {
            first.remembered(app("1"), Lookup.RECIPE, 0);
            site.history.settle();
            site.rows.failNext();
        }
        fill();
        assertThat(site.history.read().builds()).extracting(Build::id).doesNotContain("first");
    }

    @Test
    void buildWhoseBeginningCannotBeWrittenAtOnceIsWrittenALittleLater() throws Exception {
        Vertex app = app("1");
        try (BuildLog log = site.history.begin("first", () -> Cancellation.CLIENT_ENDED)) {
            site.rows.failNext();
            log.remembered(app, Lookup.RECIPE, 0);
            assertThat(site.evidence("first", app).decision()).isInstanceOf(Decision.Remembered.class);
        }
        assertThat(site.history.read().builds())
                .singleElement()
                .satisfies(build -> assertThat(build.ended()).isPresent());
    }

    @Test
    void evidenceThatCannotBeReadKeepsNoOther() throws Exception {
        site.reopen(4, Long.MAX_VALUE);
        Vertex app = app("1");
        try (BuildLog first = site.history.begin("first", () -> Cancellation.CLIENT_ENDED)) {
            first.remembered(app, Lookup.RECIPE, 0);
        }
        byte[] other = Digest.of("another step").toBytes();
        byte[] unknownVersion = {99};
        site.history.settle();
        site.rows.write(List.of(
                Change.put(Kind.DECISION, DecisionRow.key(1_000_000, 0), unknownVersion),
                Change.put(Kind.STEP, other, unknownVersion)));
        var steps = new StepTable(site.rows);
        assertThat(steps.has(app.recipe())).isTrue();
        fill();
        assertThat(steps.has(app.recipe())).isFalse();
        assertThat(site.rows.get(Kind.STEP, other)).isPresent();
    }

    private void fill() throws Exception {
        for (int i = 0; i < 6; i++) {
            site.build("filler " + i, command("fill " + i, app("other")));
        }
    }

    @Test
    void oldBuildsGoAndWhatIsStillInTheCacheStaysComparable() throws Exception {
        site.reopen(4, Long.MAX_VALUE);
        site.build("first", command("npm ci", app("1")));
        fill();
        HistoryReader reader = site.history.read();
        assertThat(reader.builds())
                .hasSizeLessThanOrEqualTo(5)
                .noneMatch(build -> build.id().equals("first"));
        Vertex install = command("npm ci", app("2"));
        site.build("last", install);
        assertThat(reasons("last", install))
                .containsExactly(new Reason.InputChanged(
                        "upload app", Reason.Extent.FILES, List.of(changed("/package.json", "1", "2")), 0));
    }
}
