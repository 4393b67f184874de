package org.buildengine.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.cache.CacheRules;
import org.buildengine.server.cache.LocalCache;
import org.buildengine.server.fixture.FakeCollector;
import org.buildengine.session.wire.cache.CacheGrpc;
import org.buildengine.session.wire.cache.ListRequest;
import org.buildengine.session.wire.cache.Record;
import org.buildengine.session.wire.cache.Records;
import org.buildengine.session.wire.control.ControlGrpc;
import org.buildengine.session.wire.control.DiskUsageRequest;
import org.buildengine.session.wire.control.InfoRequest;
import org.buildengine.session.wire.control.InfoResponse;
import org.buildengine.session.wire.control.ListWorkersRequest;
import org.buildengine.session.wire.control.PruneRequest;
import org.buildengine.session.wire.control.UsageRecord;
import org.buildengine.session.wire.pb.Platform;
import org.buildengine.session.wire.worker.BuildkitVersion;
import org.buildengine.session.wire.worker.WorkerRecord;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.RecordType;
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

    private final FakeCollector collector = new FakeCollector();
    private final LocalCache cache = new LocalCache(collector, Path.of("/"), CacheRules.OFF);
    private ServedDoor door;

    @BeforeEach
    void open() throws Exception {
        door = new ServedDoor(
                new ControlService(new EngineIdentity("host1", "v0.21.8", "0.1.0"), "amd64", cache),
                new CacheService(cache, List::of));
    }

    @AfterEach
    void close() throws InterruptedException {
        door.close();
    }

    private ControlGrpc.ControlBlockingStub control() {
        return ControlGrpc.newBlockingStub(door.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
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
                        door.channel,
                        ControlGrpc.getInfoMethod().toBuilder()
                                .setFullMethodName("moby.buildkit.v1.Control/ListenBuildHistory")
                                .build(),
                        io.grpc.CallOptions.DEFAULT.withDeadlineAfter(20, TimeUnit.SECONDS),
                        InfoRequest.getDefaultInstance()))
                .isInstanceOfSatisfying(
                        StatusRuntimeException.class,
                        failure -> assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED));
    }

    private void fill() {
        collector.add("1", RecordType.REGULAR, "withExec make", true);
        collector.add("2", RecordType.CACHE_MOUNT, "cache of maven", false);
        collector.add("3", RecordType.INTERNAL, "internal", false);
    }

    private static List<UsageRecord> all(Iterator<UsageRecord> stream) {
        var records = new ArrayList<UsageRecord>();
        stream.forEachRemaining(records::add);
        return records;
    }

    /** {@code buildctl du} prints these, and the sum of the sizes as the total. */
    @Test
    void diskUsageSaysWhatBuildctlPrints() {
        fill();
        List<UsageRecord> records =
                control().diskUsage(DiskUsageRequest.getDefaultInstance()).getRecordList();

        assertThat(records).extracting(UsageRecord::getID).containsExactly("1", "2", "3");
        assertThat(records.stream().mapToLong(UsageRecord::getSize).sum())
                .isEqualTo(collector.usage().bytes());
        UsageRecord volume = records.get(1);
        assertThat(volume.getRecordType()).isEqualTo("exec.cachemount");
        assertThat(volume.getDescription()).isEqualTo("cache of maven");
        assertThat(volume.getMutable()).isTrue();
        assertThat(volume.getShared()).as("needed by another store").isFalse();
        assertThat(volume.getInUse()).isFalse();
        assertThat(volume.getCreatedAt().getSeconds()).isEqualTo(1000);
        assertThat(volume.getLastUsedAt().getSeconds()).isEqualTo(2000);
        assertThat(volume.getUsageCount()).isEqualTo(3);
    }

    @Test
    void diskUsageIsFilteredByTextAndAge() {
        fill();
        assertThat(control()
                        .diskUsage(DiskUsageRequest.newBuilder()
                                .addFilter("type==exec.cachemount")
                                .addFilter("inuse")
                                .build())
                        .getRecordList())
                .extracting(UsageRecord::getID)
                .containsExactly("1", "2");
        assertThat(control()
                        .diskUsage(DiskUsageRequest.newBuilder()
                                .addFilter("")
                                .setAgeLimit(Duration.ofDays(20 * 365).toNanos())
                                .build())
                        .getRecordCount())
                .isEqualTo(3);
        assertThat(control()
                        .diskUsage(DiskUsageRequest.newBuilder()
                                .setAgeLimit(Duration.ofDays(200 * 365).toNanos())
                                .build())
                        .getRecordCount())
                .isZero();
    }

    /** What {@code buildctl prune} sends, and what it prints for each record that went. */
    @Test
    void pruneTellsEachRecordThatWent() {
        fill();
        List<UsageRecord> gone = all(control()
                .prune(PruneRequest.newBuilder()
                        .addFilter("")
                        .setKeepDuration(Duration.ofDays(1).toNanos())
                        .setReservedSpace(1)
                        .setMaxUsedSpace(2)
                        .setMinFreeSpace(3)
                        .build()));

        assertThat(gone).extracting(UsageRecord::getID).containsExactly("2");
        assertThat(gone.getFirst().getSize()).isEqualTo(70);
        CachePolicy policy = collector.applied.getFirst();
        assertThat(policy.keepDuration()).isEqualTo(Duration.ofDays(1));
        assertThat(List.of(policy.reservedSpace(), policy.maxUsedSpace(), policy.minFreeSpace()))
                .containsExactly(1L, 2L, 3L);

        assertThat(all(control().prune(PruneRequest.newBuilder().setAll(true).build())))
                .extracting(UsageRecord::getID)
                .containsExactly("3");
    }

    @Test
    void whatIsNoFilterOrNoAmountIsAnArgumentError() {
        fill();
        assertThatThrownBy(() -> control()
                        .diskUsage(DiskUsageRequest.newBuilder()
                                .addFilter("size==3")
                                .build()))
                .hasMessageContaining("INVALID_ARGUMENT: the filter \"size==3\" names no field of a record");
        assertThatThrownBy(() -> all(control()
                        .prune(PruneRequest.newBuilder().setMinFreeSpace(-1).build())))
                .hasMessage("INVALID_ARGUMENT: a time or an amount of space is negative");
        assertThat(collector.usage().records()).hasSize(3);
    }

    @Test
    void argumentThatIsWrongAndLongIsSaidInShort() {
        for (String wrong : List.of("a".repeat(100_000), "文".repeat(100_000))) {
            assertThatThrownBy(() -> control()
                            .diskUsage(DiskUsageRequest.newBuilder()
                                    .addFilter(wrong + "==3")
                                    .build()))
                    .hasMessageContaining("INVALID_ARGUMENT: the filter \"" + wrong.substring(0, 50))
                    .message()
                    .hasSizeLessThan(1000);
        }
    }

    private CacheGrpc.CacheBlockingStub ours() {
        return CacheGrpc.newBlockingStub(door.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    @Test
    void ourOwnServiceSaysWhatIsSharedAndWhatItCostToMake() {
        fill();
        Records part = ours().list(ListRequest.newBuilder().addFilters("id==1").build())
                .next();
        assertThat(part.getBytes()).isEqualTo(collector.usage().bytes());
        assertThat(part.getRecordsList())
                .containsExactly(Record.newBuilder()
                        .setId("1")
                        .setType("regular")
                        .setDescription("withExec make")
                        .setExclusiveBytes(70)
                        .setSharedBytes(30)
                        .setCreated(1000)
                        .setLastUsed(2000)
                        .setCost(Duration.ofMinutes(2).toNanos())
                        .setInUse(true)
                        .build());
    }

    @Test
    void ourOwnServicePlansWithoutRemoving() {
        fill();
        var request = org.buildengine.session.wire.cache.PruneRequest.newBuilder()
                .setDryRun(true)
                .setMaxUsedSpace("1kB");
        Records plan = ours().prune(request.build()).next();
        assertThat(plan.getRecordsList()).extracting(Record::getId).containsExactly("2");
        assertThat(collector.usage().records()).hasSize(3);
        assertThat(collector.applied.getFirst().maxUsedSpace()).isEqualTo(1024);

        Records done = ours().prune(request.setDryRun(false).build()).next();
        assertThat(done).isEqualTo(plan);
        assertThat(collector.usage().records()).hasSize(2);
        assertThatThrownBy(() ->
                        ours().prune(request.setReservedSpace("much").build()).next())
                .hasMessageContaining("INVALID_ARGUMENT: reserved-space: \"much\" is no amount of space");
    }

    @Test
    void longListsComeInParts() {
        for (int i = 0; i < 1201; i++) {
            collector.add(Integer.toString(i), RecordType.REGULAR, "x", false);
        }
        var counts = new ArrayList<Integer>();
        ours().list(ListRequest.getDefaultInstance()).forEachRemaining(part -> counts.add(part.getRecordsCount()));
        assertThat(counts).containsExactly(500, 500, 201);
    }
}
