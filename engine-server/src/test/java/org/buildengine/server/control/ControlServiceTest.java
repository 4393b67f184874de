package org.buildengine.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.http.FrontDoor;
import org.buildengine.server.http.HttpLimits;
import org.buildengine.server.http.HttpReply;
import org.buildengine.server.http.IoLoops;
import org.buildengine.server.http.LocalGrpcServer;
import org.buildengine.session.wire.control.ControlGrpc;
import org.buildengine.session.wire.control.InfoRequest;
import org.buildengine.session.wire.control.InfoResponse;
import org.buildengine.session.wire.control.ListWorkersRequest;
import org.buildengine.session.wire.pb.Platform;
import org.buildengine.session.wire.worker.BuildkitVersion;
import org.buildengine.session.wire.worker.WorkerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What real clients read of the control service, asked by a client of grpc-java over h2c on the public port. */
class ControlServiceTest {
    private static final BuildkitVersion VERSION = BuildkitVersion.newBuilder()
            .setPackage("github.com/dagger/dagger")
            .setVersion("v0.21.8")
            .setRevision("host1")
            .build();

    private final IoLoops loops = IoLoops.best();
    private LocalGrpcServer grpc;
    private FrontDoor door;
    private ManagedChannel channel;

    @BeforeEach
    void open() throws Exception {
        grpc = LocalGrpcServer.start(
                loops, List.of(new ControlService(new EngineIdentity("host1", "v0.21.8", "0.1.0"), "amd64")));
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
    }

    private ControlGrpc.ControlBlockingStub control() {
        return ControlGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    /** Dagger's command line refuses any other package, compares the version and shows revision and processors. */
    @Test
    void infoSaysWhatDaggersCommandLineReads() {
        InfoResponse info = control().info(InfoRequest.getDefaultInstance());

        assertThat(info.getBuildkitVersion()).isEqualTo(VERSION);
        assertThat(info.getSystemInfo().getNumCPU())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
        assertThat(info.getUnknownFields()
                        .getField(ControlService.OWN_VERSION_FIELD)
                        .getLengthDelimitedList())
                .containsExactly(ByteString.copyFromUtf8("0.1.0"));
    }

    /** {@code buildctl debug workers} prints id and platforms, and with {@code -v} labels, rules of collection and version. */
    @Test
    void listWorkersSaysWhatBuildctlPrints() {
        List<WorkerRecord> workers =
                control().listWorkers(ListWorkersRequest.getDefaultInstance()).getRecordList();

        assertThat(workers).hasSize(1);
        WorkerRecord worker = workers.getFirst();
        assertThat(worker.getID()).isEqualTo("host1");
        assertThat(worker.getPlatformsList())
                .containsExactly(Platform.newBuilder()
                        .setOS("linux")
                        .setArchitecture("amd64")
                        .build());
        assertThat(worker.getBuildkitVersion()).isEqualTo(VERSION);
        assertThat(worker.getLabelsMap()).isEmpty();
        assertThat(worker.getGCPolicyList()).isEmpty();
        assertThat(worker.getCDIDevicesList()).isEmpty();
    }

    @Test
    void whatIsNotServedIsUnimplementedNotBroken() {
        assertThatThrownBy(() -> io.grpc.stub.ClientCalls.blockingUnaryCall(
                        channel,
                        ControlGrpc.getInfoMethod().toBuilder()
                                .setFullMethodName("moby.buildkit.v1.Control/DiskUsage")
                                .build(),
                        io.grpc.CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
                        InfoRequest.getDefaultInstance()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
    }
}
