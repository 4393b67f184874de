package org.buildengine.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.buildengine.server.control.BuildSite.STEP;
import static org.buildengine.server.control.BuildSite.miss;
import static org.buildengine.server.control.BuildSite.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.LogSource;
import org.buildengine.session.wire.builds.NothingRan;
import org.buildengine.session.wire.builds.ReadLogRequest;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.events.Ending;
import org.buildengine.solver.events.RunLog;
import org.buildengine.solver.evidence.BuildLog;
import org.buildengine.solver.evidence.Lookup;
import org.buildengine.solver.evidence.Miss;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is sent of a log, how fast, and what is said when there is none. */
@Timeout(60)
class BuildOutputTest {
    @TempDir
    private Path root;

    private final FakeCaller<LogPart> caller = new FakeCaller<>();
    private BuildSite site;

    @BeforeEach
    void open() throws Exception {
        site = BuildSite.open(root);
    }

    @AfterEach
    void close() {
        site.close();
    }

    private List<LogPart> read(String build, int step, boolean follow) throws Exception {
        caller.taken.clear();
        site.output.send(request(build, step, follow), new PacedStream<>(caller));
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
        BuildLog build = site.begin("one");
        RunLog run = run(build);
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
        site.output.send(request("one", 0, false), new PacedStream<>(ending));
        assertThat(kinds(ending.taken))
                .containsExactly(LogPart.PartCase.SOURCE, LogPart.PartCase.BEGAN, LogPart.PartCase.OUTPUT);
    }

    @Test
    void buildThatRanNothingSaysSoAndWhereTheOutputIs() throws Exception {
        BuildLog one = site.begin("one");
        RunLog run = run(one);
        run.end(Ending.SUCCEEDED, Duration.ZERO);
        one.close();
        try (BuildLog two = site.begin("two")) {
            assertThat(read("two", 0, false).getLast().getNothingRan())
                    .isEqualTo(NothingRan.newBuilder().setLasts(true).build());
            two.remembered(STEP, Lookup.RECIPE, 0);
        }
        assertThat(kinds(read("two", 0, true))).containsExactly(LogPart.PartCase.SOURCE, LogPart.PartCase.NOTHING_RAN);
        assertThat(caller.taken.getLast().getNothingRan().getSteps()).isEqualTo(1);
        assertThat(caller.taken.getLast().getNothingRan().getLasts()).isFalse();
        assertThat(kinds(read("one", 0, false))).doesNotContain(LogPart.PartCase.NOTHING_RAN);
    }

    @Test
    void callerWhoTakesNothingKeepsOnlyItselfWaiting() throws Exception {
        BuildLog build = site.begin("one");
        RunLog run = run(build);
        run.add(1, new byte[] {'x'});
        caller.ready(false);
        var paced = new PacedStream<LogPart>(caller);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Boolean> sending = threads.submit(() -> {
                site.output.send(request("one", 0, true), paced);
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
        BuildLog build = site.begin("one");
        run(build).add(1, new byte[] {'x'});
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var paced = new PacedStream<LogPart>(caller);
            Future<Boolean> sending = threads.submit(() -> {
                site.output.send(request("one", 0, true), paced);
                return true;
            });
            await().atMost(Duration.ofSeconds(20)).until(() -> caller.taken.size() == 3);
            caller.cancel();
            assertThat(sending.get(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void followerOfAStepEndsWithItThoughTheBuildGoesOn() throws Exception {
        BuildLog build = site.begin("one");
        RunLog run = run(build);
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
        BuildLog one = site.begin("one");
        BuildLog two = site.begin("two");
        Miss miss = miss();
        RunLog run = run(one, STEP, miss);
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
        BuildLog unknown = site.begin("unknown");
        unknown.remembered(STEP, Lookup.RECIPE, 999);
        unknown.close();
        assertThat(kinds(read("unknown", 0, false)))
                .containsExactly(LogPart.PartCase.SOURCE, LogPart.PartCase.NOTHING_RAN);
        assertThatThrownBy(() -> read("unknown", 1, false))
                .hasMessage("the output of step 1 from alpine is not kept any more: it is not known which build ran it,"
                        + " and its result is gone");
        assertThatThrownBy(() -> read("unknown", 2, false))
                .hasMessage("build unknown has no step 2; it has 1 step, which engine explain lists");
    }

    @Test
    void logThatSomebodyDeletedIsExplained() throws Exception {
        BuildLog build = site.begin("one");
        run(build).end(Ending.FAILED, Duration.ZERO);
        build.close();
        Files.delete(root.resolve("events/1.log"));
        assertThatThrownBy(() -> read("one", 0, false)).hasMessage("nothing is kept of what build one printed");
        assertThatThrownBy(() -> read("one", 1, false))
                .hasMessageContaining(": build one, which ran it, has no log, and its result is gone");
    }

    /** A log begins with the first output, so that there is none of a step that was silent until then. */
    @Test
    void buildThatWasSilentUntilTheEngineDiedSaysSo() throws Exception {
        run(site.begin("one"));
        close();
        open();
        assertThatThrownBy(() -> read("one", 0, false))
                .hasMessage("nothing is kept of what build one printed (the engine died before the build ended)");
        assertThatThrownBy(() -> read("one", 1, false))
                .hasMessageContaining(
                        ": build one, which ran it, has no log (the engine died before the build ended), and");
    }

    @Test
    void outputThatCannotBeWrittenIsSaidToBeMissingAndWhy() throws Exception {
        Path file = Files.createDirectory(root.resolve("events/1.log"));
        String why = file + " (Is a directory)";
        BuildLog build = site.begin("one");
        RunLog run = run(build);
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
        BuildLog build = site.begin("one");
        RunLog run = run(build);
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
        BuildLog build = site.begin("one");
        RunLog losing = run(build);
        losing.add(1, new byte[] {'x'});
        Files.delete(file);
        var miss = new Miss(List.of(), Digest.of("other key"), Optional.empty());
        RunLog writing = run(build, BuildSite.step("busybox"), miss);
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
                    site.output.send(request("one", step, true), paced);
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
        BuildLog first = site.begin("first");
        RunLog run = run(first, STEP, miss);
        BuildLog second = site.begin("second");
        second.missed(STEP, miss);
        run.end(Ending.FAILED, Duration.ZERO);
        first.close();
        BuildLog third = site.begin("third");
        third.missed(STEP, miss());
        second.close();
        third.close();
        assertThat(site.history.read().builds()).hasSize(2);
        assertThatThrownBy(() -> read("second", 1, false))
                .hasMessageContaining(": build first, which ran it, is not kept, and its result is gone");
    }
}
