package org.buildengine.server.control;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.stub.StreamObserver;
import org.buildengine.session.wire.control.ControlGrpc;
import org.buildengine.session.wire.control.InfoRequest;
import org.buildengine.session.wire.control.InfoResponse;
import org.buildengine.session.wire.control.ListWorkersRequest;
import org.buildengine.session.wire.control.ListWorkersResponse;
import org.buildengine.session.wire.control.SystemInfo;
import org.buildengine.session.wire.pb.Platform;
import org.buildengine.session.wire.worker.BuildkitVersion;
import org.buildengine.session.wire.worker.WorkerRecord;

/**
 * BuildKit's control service, as far as Dagger's engine has it: {@code Info} and {@code ListWorkers}. Clients refuse an
 * engine whose package is not Dagger's or whose version is no semantic one, so both are told what they expect; our own
 * version stands in a field of the answer that they do not know. Safe for use by several threads.
 */
public final class ControlService extends ControlGrpc.ControlImplBase {
    /** The number of the field of {@code InfoResponse} that holds our own version, as a string. */
    public static final int OWN_VERSION_FIELD = 1000;

    private static final String PACKAGE = "github.com/dagger/dagger";

    private final EngineIdentity identity;
    private final Platform platform;

    /** A service that introduces {@code identity}, for executions of this processor's kind. */
    public ControlService(EngineIdentity identity, String architecture) {
        this.identity = identity;
        this.platform = Platform.newBuilder()
                .setOS("linux")
                .setArchitecture(architecture)
                .build();
    }

    @Override
    public void info(InfoRequest request, StreamObserver<InfoResponse> answer) {
        UnknownFieldSet own = UnknownFieldSet.newBuilder()
                .addField(
                        OWN_VERSION_FIELD,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8(identity.ownVersion()))
                                .build())
                .build();
        answer.onNext(InfoResponse.newBuilder()
                .setBuildkitVersion(version())
                .setSystemInfo(
                        SystemInfo.newBuilder().setNumCPU(Runtime.getRuntime().availableProcessors()))
                .setUnknownFields(own)
                .build());
        answer.onCompleted();
    }

    @Override
    public void listWorkers(ListWorkersRequest request, StreamObserver<ListWorkersResponse> answer) {
        answer.onNext(ListWorkersResponse.newBuilder()
                .addRecord(WorkerRecord.newBuilder()
                        .setID(identity.name())
                        .addPlatforms(platform)
                        .setBuildkitVersion(version()))
                .build());
        answer.onCompleted();
    }

    private BuildkitVersion version() {
        return BuildkitVersion.newBuilder()
                .setPackage(PACKAGE)
                .setVersion(identity.compatibleVersion())
                .setRevision(identity.name())
                .build();
    }
}
