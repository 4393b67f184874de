package org.buildengine.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.http.FrontDoor;
import org.buildengine.server.http.HttpLimits;
import org.buildengine.server.http.HttpReply;
import org.buildengine.server.http.IoLoops;
import org.buildengine.server.http.LocalGrpcServer;
import org.buildengine.session.wire.builds.BuildsGrpc;
import org.buildengine.session.wire.builds.ExplainRequest;
import org.buildengine.session.wire.builds.Explanation;
import org.buildengine.session.wire.builds.LogPart;
import org.buildengine.session.wire.builds.Ran;
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
import org.buildengine.solver.evidence.Miss;
import org.buildengine.solver.op.SourceOp;
import org.buildengine.solver.op.Vertex;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service as a client of grpc-java meets it on the public port. */
@Timeout(60)
class BuildsServiceTest {
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Vertex STEP = Vertex.of(new SourceOp("image", "alpine", Map.of("name", "from alpine")));

    @TempDir
    private Path root;

    private final IoLoops loops = IoLoops.best();
    private DiskSnapshotter snapshotter;
    private BuildHistory history;
    private LocalGrpcServer grpc;
    private FrontDoor door;
    private ManagedChannel channel;

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
        EventLogs logs = EventLogs.open(root.resolve("events"), Long.MAX_VALUE);
        history = BuildHistory.open(snapshotter, CLOCK, 2, logs);
        var output = new BuildOutput(history, logs, snapshotter.blobs());
        grpc = LocalGrpcServer.start(loops, List.of(new BuildsService(history, output, List::of)));
        door = new FrontDoor(loops, request -> HttpReply.empty(404), grpc, HttpLimits.defaults());
        channel = NettyChannelBuilder.forAddress(
                        door.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                .usePlaintext()
                .build();
    }

    @AfterEach
    void close() throws InterruptedException {
        channel.shutdownNow();
        assertThat(channel.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        door.close();
        grpc.close();
        loops.close();
        history.close();
        snapshotter.close();
    }

    private RunLog run(BuildLog build) {
        Miss miss = new Miss(List.of(), Digest.of("key"), Optional.empty());
        build.missed(STEP, miss);
        return miss.begin(STEP, Instant.now(), CLOCK);
    }

    private Iterator<LogPart> readLog() {
        return BuildsGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .readLog(ReadLogRequest.getDefaultInstance());
    }

    /** The only step of a build. */
    private Ran explain(String build) {
        Explanation explanation = BuildsGrpc.newBlockingStub(channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .explain(ExplainRequest.newBuilder().setBuild(build).build())
                .next();
        return explanation.getSteps(0).getRan();
    }

    @Test
    void everyCauseOfACancellationIsToldAndAgainAsTheReasonOfTheNextRun() {
        var before = Ran.Cause.NONE;
        for (Cancellation cause : EnumSet.complementOf(EnumSet.of(Cancellation.UNKNOWN))) {
            try (BuildLog build = history.begin(cause.name(), () -> cause)) {
                run(build);
                build.left(STEP, Duration.ZERO);
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
        try (BuildLog build = history.begin("one", () -> Cancellation.CLIENT_ENDED)) {
            run(build).end(Ending.FAILED, Duration.ZERO);
        }
        Path log = Files.writeString(root.resolve("events/1.log"), "events\0\2 of the future");
        Iterator<LogPart> parts = readLog();
        assertThatThrownBy(() -> parts.forEachRemaining(_ -> {}))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("INTERNAL: the evidence of builds cannot be read: " + log
                        + " is a log of another version of the engine");
    }
}
