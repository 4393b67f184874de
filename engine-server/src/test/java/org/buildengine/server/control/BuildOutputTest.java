package org.buildengine.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.LogSource;
import org.buildengine.session.wire.builds.ReadLogRequest;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.conversion.ConversionRules;
import org.buildengine.snapshotter.layer.DiskLayers;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.solver.events.Ending;
import org.buildengine.solver.events.EventLogs;
import org.buildengine.solver.events.RunLog;
import org.buildengine.solver.evidence.BuildHistory;
import org.buildengine.solver.evidence.BuildLog;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is sent of a log, how fast, and what is said when there is none. */
@Timeout(60)
class BuildOutputTest {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Vertex STEP = Vertex.of(new SourceOp("image", "alpine", Map.of("name", "from alpine")));

    @TempDir
    private Path root;

    private final FakeCaller<LogPart> caller = new FakeCaller<>();
    private DiskSnapshotter snapshotter;
    private EventLogs logs;
    private BuildHistory history;
    private BuildOutput output;

    @BeforeEach
    void open() throws Exception {
        snapshotter = DiskSnapshotter.open(
                root,
                new DiskSnapshotter.Options(
                        Optional.of(LayerForm.DIRECTORY),
                        Optional.of("boot"),
                        Duration.ofHours(1),
                        CLOCK,
                        DiskLayers::new,
                        ConversionRules.DEFAULT,
                        () -> {}));
        logs = EventLogs.open(root.resolve("events"), Long.MAX_VALUE);
        history = BuildHistory.open(snapshotter, CLOCK, 2, logs);
        output = new BuildOutput(history, logs, snapshotter.blobs());
    }

    @AfterEach
    void close() {
        history.close();
        snapshotter.close();
    }

    private static Miss miss() {
        return new Miss(List.of(), Digest.of("key"), Optional.empty());
    }

    /** A build that begins to run the step. */
    private RunLog run(BuildLog build, Miss miss) {
        build.missed(STEP, miss);
        return miss.begin(STEP, Instant.now(), CLOCK);
    }

    private List<LogPart> read(String build, int step, boolean follow) throws Exception {
        caller.taken.clear();
        output.send(request(build, step, follow), new PacedStream<>(caller));
        return caller.taken;
    }

    private static ReadLogRequest request(String build, int step, boolean follow) {
        return ReadLogRequest.newBuilder()
                .setBuild(build)
                .setStep(step)
                .setFollow(follow)
                .build();
    }

    private static List<LogPart.PartCase> kinds(List<LogPart> parts) {
        return parts.stream().map(LogPart::getPartCase).toList();
    }

    @Test
    void logThatEndsWhileItIsReadIsNotCut() throws Exception {
        BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        RunLog run = run(build, miss());
        run.add(1, new byte[] {'x'});
        var ending = new FakeCaller<LogPart>() {
            @Override
            public void onNext(LogPart part) {
                if (part.hasBegan()) {
                    run.end(Ending.SUCCEEDED, Duration.ZERO);
                    build.close();
                }
                super.onNext(part);
            }
        };
        output.send(request("one", 0, false), new PacedStream<>(ending));
        assertThat(kinds(ending.taken))
                .containsExactly(LogPart.PartCase.SOURCE, LogPart.PartCase.BEGAN, LogPart.PartCase.OUTPUT);
    }

    @Test
    void callerWhoTakesNothingKeepsOnlyItselfWaiting() throws Exception {
        BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        RunLog run = run(build, miss());
        run.add(1, new byte[] {'x'});
        caller.ready(false);
        var paced = new PacedStream<LogPart>(caller);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> sending = threads.submit(() -> {
                output.send(request("one", 0, true), paced);
                return true;
            });
            for (int i = 0; i < 100; i++) {
                run.add(1, new byte[1 << 16]);
            }
            run.end(Ending.SUCCEEDED, Duration.ZERO);
            build.close();
            assertThat(caller.taken).isEmpty();
            assertThat(sending.isDone()).isFalse();
            caller.ready(true);
            assertThat(sending.get(20, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(caller.taken).hasSize(1 + 1 + 101 + 1);
    }

    @Test
    void nothingGoesOnForACallerWhoHasGone() throws Exception {
        BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        run(build, miss()).add(1, new byte[] {'x'});
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var paced = new PacedStream<LogPart>(caller);
            Future<Boolean> sending = threads.submit(() -> {
                output.send(request("one", 0, true), paced);
                return true;
            });
            await().atMost(Duration.ofSeconds(20)).until(() -> caller.taken.size() == 3);
            caller.cancel();
            assertThat(sending.get(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void followerOfAStepEndsWithItThoughTheBuildGoesOn() throws Exception {
        BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        RunLog run = run(build, miss());
        run.add(2, new byte[] {'x'});
        run.end(Ending.FAILED, Duration.ZERO);
        List<LogPart> parts = read("one", 1, true);
        assertThat(kinds(parts))
                .containsExactly(
                        LogPart.PartCase.SOURCE,
                        LogPart.PartCase.BEGAN,
                        LogPart.PartCase.OUTPUT,
                        LogPart.PartCase.ENDED);
        assertThat(parts.getFirst().getSource().getKind()).isEqualTo(LogSource.Kind.OWN);
        assertThat(parts.get(1).getBegan().getStep()).isEqualTo(1);
        build.close();
    }

    @Test
    void joinedStepIsReadInTheBuildThatRunsItAndNamedInItsOwn() throws Exception {
        BuildLog one = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        BuildLog two = history.begin("two", () -> Cancellation.CLIENT_ENDED);
        Miss miss = miss();
        RunLog run = run(one, miss);
        two.missed(STEP, miss);
        run.add(1, new byte[] {'x'});
        List<LogPart> parts = read("two", 1, false);
        assertThat(parts.getFirst().getSource().getKind()).isEqualTo(LogSource.Kind.OTHER_BUILD);
        assertThat(parts.getFirst().getSource().getRunBy()).isEqualTo("one");
        assertThat(kinds(read("two", 0, false))).containsExactly(LogPart.PartCase.SOURCE, LogPart.PartCase.ELSEWHERE);

        one.close();
        two.close();
        assertThat(kinds(read("two", 1, false))).as("the run goes on").doesNotContain(LogPart.PartCase.CUT);
    }

    @Test
    void whatIsNotThereIsExplained() throws Exception {
        assertThatThrownBy(() -> read("", 0, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no build is kept yet: run one, and ask again");
        BuildLog unknown = history.begin("unknown", () -> Cancellation.CLIENT_ENDED);
        unknown.remembered(STEP, Lookup.RECIPE, 999);
        unknown.close();
        assertThat(kinds(read("unknown", 0, false))).containsExactly(LogPart.PartCase.SOURCE);
        assertThatThrownBy(() -> read("unknown", 1, false))
                .hasMessage("the output of step 1 from alpine is not kept any more: it is not known which build ran it,"
                        + " and its result is gone");
        assertThatThrownBy(() -> read("unknown", 2, false))
                .hasMessage("build unknown has no step 2; it has 1 steps, which engine explain lists");
    }

    @Test
    void logThatSomebodyDeletedIsExplained() throws Exception {
        BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        run(build, miss()).end(Ending.FAILED, Duration.ZERO);
        build.close();
        Files.delete(root.resolve("events/1.log"));
        assertThatThrownBy(() -> read("one", 0, false)).hasMessage("nothing is kept of what build one printed");
        assertThatThrownBy(() -> read("one", 1, false))
                .hasMessageContaining(": build one, which ran it, has no log, and its result is gone");
    }

    @Test
    void outputThatCannotBeWrittenIsSaidToBeMissingAndWhy() throws Exception {
        Path file = Files.createDirectory(root.resolve("events/1.log"));
        String why = file + " (Is a directory)";
        BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        RunLog run = run(build, miss());
        run.add(1, new byte[] {'x'});
        assertThat(read("one", 0, false)).hasSize(2).last().isEqualTo(LogMessages.unwritten(why));
        assertThat(read("one", 1, false)).containsExactly(LogMessages.unwritten(why));
        followersAreToldWhileItLasts(why);

        run.end(Ending.FAILED, Duration.ZERO);
        build.close();
        Files.delete(file);
        assertThatThrownBy(() -> read("one", 0, false))
                .hasMessage("nothing is kept of what build one printed (it could not be written: " + why + ")");
        assertThatThrownBy(() -> read("one", 1, false))
                .hasMessageContaining(
                        ": build one, which ran it, has no log (it could not be written: " + why + "), and");
    }

    @Test
    void buildOfWhichNothingCouldBeWrittenSaysSoAfterARestart() throws Exception {
        Path file = Files.createDirectory(root.resolve("events/1.log"));
        BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        RunLog run = run(build, miss());
        run.add(1, new byte[] {'x'});
        run.end(Ending.FAILED, Duration.ZERO);
        build.close();
        Files.delete(file);
        // what a full disk leaves
        Files.createFile(file);
        close();
        open();
        for (boolean follow : List.of(false, true)) {
            assertThat(kinds(read("one", 0, follow))).containsExactly(LogPart.PartCase.SOURCE, LogPart.PartCase.CUT);
            assertThat(caller.taken.getLast()).isEqualTo(LogMessages.cut(List.of(1)));
            assertThat(read("one", 1, follow)).containsExactly(LogMessages.cut(List.of()));
        }
    }

    @Test
    void stepThatLostNothingIsReadWithoutComplaint() throws Exception {
        Path file = Files.createDirectory(root.resolve("events/1.log"));
        BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED);
        RunLog losing = run(build, miss());
        losing.add(1, new byte[] {'x'});
        Files.delete(file);
        var other = Vertex.of(new SourceOp("image", "busybox", Map.of("name", "from busybox")));
        var miss = new Miss(List.of(), Digest.of("other key"), Optional.empty());
        build.missed(other, miss);
        RunLog writing = miss.begin(other, Instant.now(), CLOCK);
        writing.add(1, new byte[] {'y'});

        LogPart complaint = LogMessages.unwritten(file + " (Is a directory)");
        assertThat(read("one", 1, false)).containsExactly(complaint);
        assertThat(kinds(read("one", 2, false)))
                .containsExactly(LogPart.PartCase.SOURCE, LogPart.PartCase.BEGAN, LogPart.PartCase.OUTPUT);
        assertThat(read("one", 0, false)).hasSize(4).last().isEqualTo(complaint);

        losing.add(1, new byte[] {'z'});
        assertThat(kinds(read("one", 1, false)))
                .containsExactly(
                        LogPart.PartCase.SOURCE,
                        LogPart.PartCase.BEGAN,
                        LogPart.PartCase.LOST,
                        LogPart.PartCase.OUTPUT);
        build.close();
    }

    private void followersAreToldWhileItLasts(String why) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int step : List.of(0, 1)) {
                var follower = new FakeCaller<LogPart>();
                var paced = new PacedStream<LogPart>(follower);
                Future<Boolean> sending = threads.submit(() -> {
                    output.send(request("one", step, true), paced);
                    return true;
                });
                await().atMost(Duration.ofSeconds(20)).until(() -> follower.taken.contains(LogMessages.unwritten(why)));
                // longer than it takes until it is looked again
                await().during(Duration.ofMillis(1500))
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> follower.taken.stream()
                                        .filter(LogPart::hasUnwritten)
                                        .count()
                                == 1);
                follower.cancel();
                assertThat(sending.get(20, TimeUnit.SECONDS)).isTrue();
            }
        }
    }

    @Test
    void buildThatIsNotKeptIsNamed() throws Exception {
        Miss miss = miss();
        BuildLog first = history.begin("first", () -> Cancellation.CLIENT_ENDED);
        RunLog run = run(first, miss);
        BuildLog second = history.begin("second", () -> Cancellation.CLIENT_ENDED);
        second.missed(STEP, miss);
        run.end(Ending.FAILED, Duration.ZERO);
        first.close();
        BuildLog third = history.begin("third", () -> Cancellation.CLIENT_ENDED);
        third.missed(STEP, miss());
        second.close();
        third.close();
        assertThat(history.read().builds()).hasSize(2);
        assertThatThrownBy(() -> read("second", 1, false))
                .hasMessageContaining(": build first, which ran it, is not kept, and its result is gone");
    }
}
