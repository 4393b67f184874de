package org.buildengine.server.control;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnknownFieldSet;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import org.buildengine.server.cache.CacheFilter;
import org.buildengine.server.cache.LocalCache;
import org.buildengine.session.wire.control.ControlGrpc;
import org.buildengine.session.wire.control.DiskUsageRequest;
import org.buildengine.session.wire.control.DiskUsageResponse;
import org.buildengine.session.wire.control.InfoRequest;
import org.buildengine.session.wire.control.InfoResponse;
import org.buildengine.session.wire.control.ListWorkersRequest;
import org.buildengine.session.wire.control.ListWorkersResponse;
import org.buildengine.session.wire.control.PruneRequest;
import org.buildengine.session.wire.control.SystemInfo;
import org.buildengine.session.wire.control.UsageRecord;
import org.buildengine.session.wire.pb.Platform;
import org.buildengine.session.wire.worker.BuildkitVersion;
import org.buildengine.session.wire.worker.WorkerRecord;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;

/**
 * BuildKit's control service, as far as Dagger's engine has it, {@code Info} and {@code ListWorkers}, and what
 * {@code buildctl} asks of the cache, {@code DiskUsage} and {@code Prune}. Clients refuse an engine whose package is not
 * Dagger's or whose version is no semantic one, so both are told what they expect; our own version stands in a field of the
 * answer that they do not know. Safe for use by several threads.
 */
public final class ControlService extends ControlGrpc.ControlImplBase {
    /** The number of the field of {@code InfoResponse} that holds our own version, as a string. */
    public static final int OWN_VERSION_FIELD = 1000;

    private static final String PACKAGE = "github.com/dagger/dagger";

    private final EngineIdentity identity;
    private final Platform platform;
    private final LocalCache cache;

    /** A service that introduces {@code identity}, for executions of this processor's kind. */
    public ControlService(EngineIdentity identity, String architecture, LocalCache cache) {
        this.identity = identity;
        this.cache = cache;
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

    /** Sizes add up to what the cache takes: clients print their sum as the total. */
    @Override
    public void diskUsage(DiskUsageRequest request, StreamObserver<DiskUsageResponse> answer) {
        CacheAnswers.answer(answer, () -> {
            Predicate<CacheRecord> filter = CacheFilter.anyOf(request.getFilterList());
            Instant newest = Instant.now().minusNanos(request.getAgeLimit());
            var response = DiskUsageResponse.newBuilder();
            for (CacheRecord record : cache.collector().usage().records()) {
                if (filter.test(record) && !record.lastUsed().isAfter(newest)) {
                    response.addRecord(usage(record, record.chargedBytes())
                            .setRecordType(record.origin().type().toString()));
                }
            }
            answer.onNext(response.build());
        });
    }

    /** One record for each that went, with the bytes that this freed; the others stay away, as with BuildKit. */
    @Override
    public void prune(PruneRequest request, StreamObserver<UsageRecord> answer) {
        CacheAnswers.answer(answer, () -> {
            CachePolicy policy = CacheAnswers.policy(
                    request.getFilterList(),
                    request.getAll(),
                    Duration.ofNanos(request.getKeepDuration()),
                    request.getReservedSpace(),
                    request.getMaxUsedSpace(),
                    request.getMinFreeSpace());
            for (CacheRecord record : cache.collector().prune(List.of(policy)).records()) {
                answer.onNext(usage(record, record.exclusiveBytes()).build());
            }
        });
    }

    private static UsageRecord.Builder usage(CacheRecord record, long bytes) {
        return UsageRecord.newBuilder()
                .setID(record.id())
                .setMutable(CacheFilter.mutable(record))
                .setInUse(record.inUse())
                .setSize(bytes)
                .setCreatedAt(timestamp(record.created()))
                .setLastUsedAt(timestamp(record.lastUsed()))
                .setUsageCount(record.uses())
                .setDescription(record.origin().description());
    }

    private static Timestamp timestamp(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    private BuildkitVersion version() {
        return BuildkitVersion.newBuilder()
                .setPackage(PACKAGE)
                .setVersion(identity.compatibleVersion())
                .setRevision(identity.name())
                .build();
    }
}
