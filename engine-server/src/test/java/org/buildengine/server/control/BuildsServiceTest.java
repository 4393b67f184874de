package org.buildengine.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.wire.builds.BuildsGrpc;
import org.buildengine.session.wire.builds.ExplainRequest;
import org.buildengine.session.wire.builds.Explanation;
import org.buildengine.session.wire.builds.Joined;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.Ran;
import org.buildengine.session.wire.builds.ReadLogRequest;
import org.buildengine.session.wire.builds.Step;
import org.buildengine.solver.events.Ending;
import org.buildengine.solver.evidence.BuildLog;
import org.buildengine.solver.evidence.Cancellation;
import org.buildengine.solver.evidence.Miss;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service as a client of grpc-java meets it on the public port. */
@Timeout(60)
class BuildsServiceTest {
    @TempDir
    private Path root;

    private BuildSite site;
    private ServedDoor door;

    @BeforeEach
    void open() throws Exception {
        site = BuildSite.open(root);
        door = new ServedDoor(new BuildsService(site.history, site.output, List::of));
    }

    @AfterEach
    void close() throws InterruptedException {
        door.close();
        site.close();
    }

    private Iterator<LogPart> readLog() {
        return BuildsGrpc.newBlockingStub(door.channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .readLog(ReadLogRequest.getDefaultInstance());
    }

    /** The only step of a build. */
    private Step step(String build) {
        Explanation explanation = BuildsGrpc.newBlockingStub(door.channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .explain(ExplainRequest.newBuilder().setBuild(build).build())
                .next();
        return explanation.getSteps(0);
    }

    private Ran explain(String build) {
        return step(build).getRan();
    }

    @Test
    void stepThatWasJoinedIsToldWithItsEnd() {
        Miss run = BuildSite.miss();
        try (BuildLog one = site.begin("one");
                BuildLog two = site.begin("two")) {
            one.missed(BuildSite.STEP, run);
            two.missed(BuildSite.STEP, run);
            assertThat(explain("one").getOutcome()).isEqualTo(Ran.Outcome.RUNNING);
            assertThat(step("two").getJoined())
                    .isEqualTo(Joined.newBuilder()
                            .setBuild("one")
                            .setOutcome(Ran.Outcome.RUNNING)
                            .build());
            two.left(BuildSite.STEP, Duration.ofNanos(7));
        }
        assertThat(explain("one").getOutcome()).isEqualTo(Ran.Outcome.UNKNOWN);
        assertThat(step("two").getJoined())
                .isEqualTo(Joined.newBuilder()
                        .setBuild("one")
                        .setOutcome(Ran.Outcome.LEFT)
                        .setTook(7)
                        .setCause(Ran.Cause.CLIENT_ENDED)
                        .setSuccessor("one")
                        .build());
    }

    @Test
    void everyCauseOfACancellationIsToldAndAgainAsTheReasonOfTheNextRun() {
        var before = Ran.Cause.NONE;
        for (Cancellation cause : EnumSet.complementOf(EnumSet.of(Cancellation.UNKNOWN))) {
            try (BuildLog build = site.history.begin(cause.name(), () -> cause)) {
                BuildSite.run(build);
                build.left(BuildSite.STEP, Duration.ZERO);
            }
            Ran ran = explain(cause.name());
            assertThat(ran.getOutcome()).isEqualTo(Ran.Outcome.CANCELLED);
            assertThat(ran.getReasons(0).getUnfinished().getCause()).isEqualTo(before);
            before = ran.getCause();
            assertThat(before.name()).isEqualTo(cause.name());
        }
    }

    @Test
    void evidenceThatCannotBeReadIsSaidToBe() throws Exception {
        try (BuildLog build = site.begin("one")) {
            BuildSite.run(build).end(Ending.FAILED, Duration.ZERO);
        }
        Path log = Files.writeString(root.resolve("events/1.log"), "events\0\2 of the future");
        Iterator<LogPart> parts = readLog();
        assertThatThrownBy(() -> parts.forEachRemaining(_ -> {}))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("INTERNAL: the evidence of builds cannot be read: " + log
                        + " is a log of another version of the engine");
    }
}
