package org.buildengine.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.buildengine.session.wire.builds.BuildInfo;
import org.buildengine.session.wire.builds.Divergence;
import org.buildengine.session.wire.builds.Explanation;
import org.buildengine.session.wire.builds.FileChange;
import org.buildengine.session.wire.builds.Joined;
import org.buildengine.session.wire.builds.Ran;
import org.buildengine.session.wire.builds.Reason;
import org.buildengine.session.wire.builds.Remembered;
import org.buildengine.session.wire.builds.Step;
import org.junit.jupiter.api.Test;

/** What each decision and each reason reads like. */
class EvidenceTextTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final long TWO_HOURS_AGO = NOW.getEpochSecond() - 7200;
    private static final FileChange FILE = FileChange.newBuilder()
            .setPath("/src/package.json")
            .setBefore("sha256 1f2e")
            .setAfter("sha256 9ab0")
            .build();

    private final EvidenceText text = new EvidenceText(NOW);

    private String line(Step.Builder step) {
        return text.explanation(
                        Explanation.newBuilder()
                                .setBuild(BuildInfo.newBuilder().setId("9ab000000000"))
                                .addSteps(step.setNumber(4).setName("exec npm ci"))
                                .build(),
                        false)
                .getFirst();
    }

    private String ran(Consumer<Reason.Builder> reason) {
        var one = Reason.newBuilder();
        reason.accept(one);
        return line(Step.newBuilder().setRan(Ran.newBuilder().addReasons(one)));
    }

    @Test
    void stepThatRanNamesItsReasonAndItsPredecessor() {
        var input = Reason.newBuilder()
                .setInputChanged(Reason.InputChanged.newBuilder().addFiles(FILE).setMore(3));
        var argument = Reason.newBuilder()
                .setOperationChanged(Reason.OperationChanged.newBuilder()
                        .setName("argument 1")
                        .setAfter("--all"));
        assertThat(line(Step.newBuilder()
                        .setRan(Ran.newBuilder()
                                .addReasons(argument)
                                .addReasons(input)
                                .setOutcome(Ran.Outcome.FAILED)
                                .setBuild("7c1d000000000")
                                .setSeen(TWO_HOURS_AGO))))
                .isEqualTo(
                        "step 4 exec npm ci: ran and failed, argument changed: argument 1 (new: --all); input changed: "
                                + "/src/package.json (sha256 1f2e -> sha256 9ab0) and 3 more, "
                                + "was asked for by build 7c1d0000 2 h ago; engine logs 9ab00000 4 shows its output");
    }

    @Test
    void longNameIsCutBetweenCharacters() {
        assertThat(EvidenceText.name("echo " + "😀".repeat(30))).isEqualTo("echo " + "😀".repeat(27) + "…");
        assertThat(EvidenceText.name("echo" + "😀".repeat(30))).isEqualTo("echo" + "😀".repeat(27) + "…");
    }

    @Test
    void ofSeveralInputsThatChangedEachIsNamedWithItsFiles() {
        var file = FileChange.newBuilder().setPath("/a").setBefore("1").setAfter("2");
        var ran = Ran.newBuilder();
        for (String input : List.of("upload one", "upload two")) {
            ran.addReasons(Reason.newBuilder()
                    .setInputChanged(Reason.InputChanged.newBuilder()
                            .setInput(input)
                            .addFiles(file)
                            .setMore(1)));
        }
        assertThat(line(Step.newBuilder().setRan(ran)))
                .isEqualTo("step 4 exec npm ci: ran, input changed: upload one: /a (1 -> 2) and 1 more; "
                        + "input changed: upload two: /a (1 -> 2) and 1 more");
    }

    @Test
    void whatBuildsCallTheirThingsDoesNotReachTheTerminalAsItIs() {
        var odd = FileChange.newBuilder()
                .setPath("/\u001b[32mgreen\nfile\u001b]0;title\u0007")
                .setBefore("a")
                .setAfter("b");
        assertThat(ran(reason ->
                        reason.setInputChanged(Reason.InputChanged.newBuilder().addFiles(odd))))
                .isEqualTo("step 4 exec npm ci: ran, input changed: /green; file (a -> b)");
        assertThat(text.divergences(List.of(Divergence.newBuilder()
                        .setAfter(2)
                        .setName("exec sh -c \u001b[31mred")
                        .build())))
                .containsExactly("step 2 exec sh -c red: only in the later build");
    }

    @Test
    void buildOfWhichNotAllStepsAreKeptSaysSo() {
        var all = Explanation.newBuilder()
                .setBuild(BuildInfo.newBuilder()
                        .setId("9ab0")
                        .setStarted(1000 * TWO_HOURS_AGO)
                        .setEnded(1000 * TWO_HOURS_AGO + 5000))
                .setFull(true)
                .build();
        assertThat(text.explanation(all, true))
                .containsExactly("build 9ab0  2 h ago, took 5 s: 0 steps, 0 ran; no more steps of a build are kept");
        var one = all.toBuilder()
                .clearFull()
                .addSteps(Step.newBuilder().setRan(Ran.getDefaultInstance()))
                .build();
        assertThat(text.explanation(one, true)).first().isEqualTo("build 9ab0  2 h ago, took 5 s: 1 step, 1 ran");
    }

    private String cancelled(Ran.Cause cause) {
        return line(Step.newBuilder()
                        .setRan(Ran.newBuilder()
                                .setOutcome(Ran.Outcome.CANCELLED)
                                .setCause(cause)
                                .addReasons(Reason.newBuilder().setNeverSeen(Reason.NeverSeen.getDefaultInstance()))))
                .substring("step 4 exec npm ci: ".length());
    }

    @Test
    void everyCauseOfACancellationHasWords() {
        assertThat(Stream.of(
                                Ran.Cause.NONE,
                                Ran.Cause.NOT_NEEDED,
                                Ran.Cause.CLIENT_ENDED,
                                Ran.Cause.CLIENT_LEFT,
                                Ran.Cause.CLIENT_SILENT,
                                Ran.Cause.ENGINE_STOPPED,
                                Ran.Cause.ENGINE_DIED)
                        .map(this::cancelled))
                .containsExactly(
                        "ran and was cancelled, never seen before",
                        "ran and was cancelled (nobody needed it any more), never seen before",
                        "ran and was cancelled (its client ended the session), never seen before",
                        "ran and was cancelled (its client gave up, or left), never seen before",
                        "ran and was cancelled (its client did not answer any more), never seen before",
                        "ran and was cancelled (the engine was stopped), never seen before",
                        "ran and was cancelled (the engine died while it ran), never seen before");
    }

    @Test
    void stepThatWasJoinedSaysHowItEndedInTheSameWords() {
        assertThat(Stream.of(
                                Joined.newBuilder().setOutcome(Ran.Outcome.SUCCEEDED),
                                Joined.newBuilder().setOutcome(Ran.Outcome.FAILED),
                                Joined.newBuilder()
                                        .setOutcome(Ran.Outcome.CANCELLED)
                                        .setCause(Ran.Cause.ENGINE_STOPPED),
                                Joined.newBuilder()
                                        .setOutcome(Ran.Outcome.LEFT)
                                        .setCause(Ran.Cause.CLIENT_LEFT)
                                        .setSuccessor("555500000000"))
                        .map(joined -> line(Step.newBuilder().setJoined(joined.setBuild("7c1d"))))
                        .map(line -> line.substring("step 4 exec npm ci: ".length())))
                .containsExactly(
                        "joined, build 7c1d was running it",
                        "joined and failed, build 7c1d was running it; engine logs 9ab00000 4 shows its output",
                        "joined and was cancelled (the engine was stopped), build 7c1d was running it",
                        "joined, was left (its client gave up, or left) and went on for build 55550000, build 7c1d was"
                                + " running it");
    }

    @Test
    void stepThatHasNotEndedIsToldFromOneThatHas() {
        var joined =
                Step.newBuilder().setJoined(Joined.newBuilder().setBuild("7c1d").setOutcome(Ran.Outcome.RUNNING));
        var running = Step.newBuilder()
                .setRan(Ran.newBuilder()
                        .setOutcome(Ran.Outcome.RUNNING)
                        .addReasons(Reason.newBuilder().setNeverSeen(Reason.NeverSeen.getDefaultInstance())));
        assertThat(line(joined)).endsWith(": joined, still running, build 7c1d was running it");
        assertThat(line(running)).endsWith(": still running, never seen before");
        var build = Explanation.newBuilder()
                .setBuild(BuildInfo.newBuilder().setId("9ab0").setStarted(1000 * TWO_HOURS_AGO))
                .addSteps(Step.newBuilder().setRan(Ran.newBuilder().setOutcome(Ran.Outcome.SUCCEEDED)))
                .addSteps(joined)
                .addSteps(running);
        assertThat(text.explanation(build.build(), true))
                .first()
                .isEqualTo("build 9ab0  2 h ago, not ended: 3 steps, 1 ran, 2 still running");
    }

    @Test
    void stepThatWasLeftNamesTheBuildThatWentOnWithIt() {
        var left = Ran.newBuilder()
                .setOutcome(Ran.Outcome.LEFT)
                .setCause(Ran.Cause.CLIENT_LEFT)
                .addReasons(Reason.newBuilder().setNeverSeen(Reason.NeverSeen.getDefaultInstance()));
        assertThat(line(Step.newBuilder().setRan(left.setSuccessor("7c1d000000000"))))
                .endsWith(
                        ": ran, was left (its client gave up, or left) and went on for build 7c1d0000, never seen before");
    }

    @Test
    void everyReasonHasWords() {
        assertThat(ran(reason -> reason.setNeverSeen(Reason.NeverSeen.getDefaultInstance())))
                .isEqualTo("step 4 exec npm ci: ran, never seen before");
        assertThat(ran(reason -> reason.setLost(Reason.Lost.getDefaultInstance())))
                .endsWith("ran, its result is gone, longer ago than is known why");
        assertThat(ran(reason -> reason.setUnexplained(Reason.Unexplained.getDefaultInstance())))
                .endsWith("ran, unknown: the earlier result is there, and nothing differs that is kept");
        assertThat(ran(reason -> reason.setEvicted(Reason.Evicted.newBuilder()
                        .setAt(TWO_HOURS_AGO)
                        .setPolicy("the cache was too large")
                        .setBytes(2_000_000))))
                .endsWith("ran, evicted 2026-01-01T10:00:00Z (2 h ago), policy: the cache was too large, 2.0 MB");
        assertThat(ran(reason -> reason.setExpired(
                        Reason.Expired.newBuilder().setMade(TWO_HOURS_AGO).setAge(3_600_000))))
                .endsWith("ran, expired: the result of 2 h ago could be used for 60 min");
        assertThat(ran(reason -> reason.setForbidden(Reason.Forbidden.getDefaultInstance())))
                .endsWith("ran, forbidden by policy: it may use no result that was made before the query");
        assertThat(ran(reason -> reason.setForbidden(
                        Reason.Forbidden.newBuilder().setPolicy(Reason.Forbidden.Policy.PER_SESSION))))
                .endsWith("ran, forbidden by policy: it may use results of its own session only");
        assertThat(ran(reason -> reason.setNonDeterministic(Reason.NonDeterministic.newBuilder()
                        .setStep(2)
                        .setName("exec date")
                        .addFiles(FILE))))
                .endsWith("ran, not deterministic: step 2 exec date gave something else under the same key and changed "
                        + "/src/package.json (sha256 1f2e -> sha256 9ab0)");
        assertThat(ran(reason -> reason.setNonDeterministic(Reason.NonDeterministic.newBuilder()
                        .setName("exec date")
                        .setExtent(Reason.Extent.UNKNOWN))))
                .endsWith("ran, not deterministic: exec date gave something else under the same key");
        assertThat(ran(reason ->
                        reason.setUnfinished(Reason.Unfinished.newBuilder().setOutcome(Ran.Outcome.CANCELLED))))
                .endsWith("ran, was cancelled the last time");
        assertThat(ran(reason -> reason.setUnfinished(Reason.Unfinished.newBuilder()
                        .setOutcome(Ran.Outcome.CANCELLED)
                        .setCause(Ran.Cause.ENGINE_DIED))))
                .endsWith("ran, was cancelled the last time (the engine died while it ran)");
        assertThat(ran(reason ->
                        reason.setUnfinished(Reason.Unfinished.newBuilder().setOutcome(Ran.Outcome.FAILED))))
                .endsWith("ran, failed the last time");
        assertThat(ran(reason -> reason.setUnfinished(Reason.Unfinished.getDefaultInstance())))
                .endsWith("ran, did not end the last time");
        assertThat(ran(reason -> reason.setUpstreamChanged(Reason.UpstreamChanged.newBuilder()
                        .setStep(2)
                        .setName("exec make")
                        .setExtent(Reason.Extent.SAME_FILES))))
                .endsWith("ran, upstream changed: step 2 exec make ran anew with the same files");
        var policy = Reason.PolicyChanged.newBuilder()
                .setStep(2)
                .setName("exec make")
                .setBefore("Default")
                .setAfter("Never")
                .setExtent(Reason.Extent.SAME_FILES);
        assertThat(ran(reason -> reason.setPolicyChanged(policy)))
                .endsWith("ran, upstream policy changed: step 2 exec make (Default -> Never), with the same files");
        assertThat(ran(reason ->
                        reason.setPolicyChanged(policy.setStep(0).setBefore("").setExtent(Reason.Extent.UNKNOWN))))
                .endsWith(
                        "ran, upstream policy changed: exec make (another -> Never), and its earlier files are not here"
                                + " any more");
        assertThat(ran(reason -> reason.setInputChanged(
                        Reason.InputChanged.newBuilder().setInput("upload app").setExtent(Reason.Extent.UNKNOWN))))
                .endsWith("ran, input changed: upload app, the earlier one is not here any more");
        assertThat(input(Reason.Extent.SAME_FILES))
                .endsWith("ran, input changed: upload app was made otherwise, with the same files");
        assertThat(input(Reason.Extent.ADDED)).endsWith("ran, input added: upload app");
        assertThat(input(Reason.Extent.REMOVED)).endsWith("ran, input removed: upload app");
    }

    private String order(Reason.OrderChanged.Shift how, int step, String build) {
        return ran(reason -> reason.setOrderChanged(Reason.OrderChanged.newBuilder()
                        .setHow(how)
                        .setStep(step)
                        .setName("exec make")
                        .setBuild(build)))
                .substring("step 4 exec npm ci: ran, ".length());
    }

    @Test
    void everyChangeOfAChainHasWords() {
        assertThat(Stream.of(
                        order(Reason.OrderChanged.Shift.INSERTED, 5, ""),
                        order(Reason.OrderChanged.Shift.AFTER_NEW, 3, ""),
                        order(Reason.OrderChanged.Shift.REMOVED, 3, "7c1d000000000"),
                        order(Reason.OrderChanged.Shift.REMOVED, 0, "7c1d000000000"),
                        order(Reason.OrderChanged.Shift.SWAPPED, 3, ""),
                        order(Reason.OrderChanged.Shift.REPLACED, 4, "")))
                .containsExactly(
                        "new step before step 5 exec make",
                        "step 3 exec make before it is new",
                        "step 3 exec make of build 7c1d0000 is no longer there",
                        "exec make of build 7c1d0000 is no longer there",
                        "swapped with step 3 exec make",
                        "in place of step 4 exec make");
        assertThat(text.divergences(List.of(Divergence.newBuilder()
                        .setAfter(4)
                        .setName("exec a")
                        .addReasons(Reason.newBuilder()
                                .setOrderChanged(Reason.OrderChanged.newBuilder()
                                        .setStep(5)
                                        .setName("exec make")))
                        .build())))
                .containsExactly("step 4 exec a: only in the later build, new step before step 5 exec make");
    }

    private String input(Reason.Extent extent) {
        return ran(reason -> reason.setInputChanged(
                Reason.InputChanged.newBuilder().setInput("upload app").setExtent(extent)));
    }

    @Test
    void everyWayToFindAResultHasWords() {
        assertThat(Stream.of(
                                Remembered.Lookup.RECIPE,
                                Remembered.Lookup.PRODUCER,
                                Remembered.Lookup.CONTENT,
                                Remembered.Lookup.JOINED,
                                Remembered.Lookup.NEEDED_BY_REMEMBERED)
                        .map(how -> line(Step.newBuilder()
                                .setRemembered(Remembered.newBuilder().setHow(how)))))
                .containsExactly(
                        "step 4 exec npm ci: remembered",
                        "step 4 exec npm ci: remembered, the same was done with the same inputs",
                        "step 4 exec npm ci: remembered, all that it reads is the same",
                        "step 4 exec npm ci: joined a step that did the same",
                        "step 4 exec npm ci: not needed, a later step did not have to run");
    }

    @Test
    void stepThatDidNotRunNamesWhoMadeItsResult() {
        assertThat(line(Step.newBuilder()
                        .setRemembered(Remembered.newBuilder().setBuild("7c1d").setMade(TWO_HOURS_AGO))))
                .isEqualTo("step 4 exec npm ci: remembered, made by build 7c1d 2 h ago");
        assertThat(line(Step.newBuilder()
                        .setRemembered(Remembered.newBuilder().setHow(Remembered.Lookup.NEEDED_BY_REMEMBERED))))
                .endsWith(": not needed, a later step did not have to run");
        assertThat(line(Step.newBuilder().setJoined(Joined.newBuilder().setBuild("7c1d"))))
                .endsWith(": joined, build 7c1d was running it");
    }

    @Test
    void buildsAndDivergencesAreLines() {
        assertThat(text.builds(List.of())).containsExactly("No build is kept yet.");
        assertThat(text.builds(List.of(BuildInfo.newBuilder()
                        .setId("7c1d")
                        .setStarted(TWO_HOURS_AGO * 1000)
                        .setEnded(TWO_HOURS_AGO * 1000 + 2500)
                        .build())))
                .containsExactly("7c1d  2 h ago, took 2 s");
        var unended = BuildInfo.newBuilder().setId("7c1d").setStarted(TWO_HOURS_AGO * 1000);
        assertThat(text.builds(
                        List.of(unended.build(), unended.clone().setDied(true).build())))
                .containsExactly("7c1d  2 h ago, not ended", "7c1d  2 h ago, cut off, the engine died");
        assertThat(text.divergences(List.of())).containsExactly("Both builds asked for the same.");
        assertThat(text.divergences(List.of(Divergence.newBuilder()
                        .setBefore(3)
                        .setAfter(4)
                        .setName("exec a")
                        .addReasons(Reason.newBuilder()
                                .setOperationChanged(Reason.OperationChanged.newBuilder()
                                        .setGroup(Reason.Group.ENVIRONMENT)
                                        .setName("A")
                                        .setBefore("x")))
                        .build())))
                .containsExactly("step 4 exec a (step 3 of the earlier build): environment changed: A (gone: x)");
        assertThat(text.divergences(List.of(
                        Divergence.newBuilder().setAfter(4).setName("exec a").build(),
                        Divergence.newBuilder().setBefore(3).setName("exec b").build())))
                .containsExactly(
                        "step 4 exec a: only in the later build",
                        "step 3 exec b of the earlier build: no longer there");
    }
}
