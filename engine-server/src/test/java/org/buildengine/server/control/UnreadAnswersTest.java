package org.buildengine.server.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.buildengine.server.cache.CacheRules;
import org.buildengine.server.cache.LocalCache;
import org.buildengine.session.wire.cache.CacheGrpc;
import org.buildengine.session.wire.cache.Record;
import org.buildengine.session.wire.cache.Records;
import org.buildengine.session.wire.control.ControlGrpc;
import org.buildengine.session.wire.control.DiskUsageRequest;
import org.buildengine.session.wire.control.PruneRequest;
import org.buildengine.session.wire.control.UsageRecord;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.ResultStore.NewResult;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.layer.LayerForm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that asks for records to be removed and reads nothing of the answer, which is larger than all that is buffered on its
 * way: item 6 of {@code docs/dev/simulator.md}, seen from the public port.
 */
@Timeout(120)
class UnreadAnswersTest {
    private static final int MANY = 1000;

    @TempDir
    private Path root;

    private DiskSnapshotter snapshotter;
    private LocalCache cache;
    private ServedDoor door;
    private ManagedChannel reluctant;

    @BeforeEach
    void open() throws Exception {
        snapshotter =
                DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults().withForm(LayerForm.DIRECTORY));
        cache = new LocalCache(snapshotter.collector(), root, CacheRules.OFF);
        door = new ServedDoor(
                new ControlService(new EngineIdentity("host1", "v0.21.8", "0.1.0"), "amd64", cache),
                new CacheService(cache, List::of));
        reluctant = door.connect();
    }

    @AfterEach
    void close() throws Exception {
        reluctant.shutdownNow();
        assertThat(reluctant.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        door.close();
        snapshotter.close();
    }

    private void publish(String name) throws IOException {
        snapshotter
                .results()
                .publish(
                        new NewResult(
                                Map.of(KeyKind.RECIPE, List.of(Digest.of(name))),
                                Digest.of(name),
                                List.of(Snapshot.EMPTY),
                                Map.of(),
                                Set.of(),
                                Duration.ofSeconds(1),
                                new Origin(RecordType.REGULAR, name)),
                        Owner.NONE);
    }

    private void publishMany(String kind) throws IOException {
        for (int i = 0; i < MANY; i++) {
            publish(kind + " " + i + " " + "文".repeat(Origin.LONGEST - 20));
        }
    }

    /** Takes nothing before it is told to. */
    private static final class Reluctant<Q, A> implements ClientResponseObserver<Q, A> {
        private final Queue<A> taken = new ConcurrentLinkedQueue<>();
        private final CompletableFuture<ClientCallStreamObserver<Q>> call = new CompletableFuture<>();
        private final CompletableFuture<Boolean> end = new CompletableFuture<>();

        @Override
        public void beforeStart(ClientCallStreamObserver<Q> begun) {
            begun.disableAutoRequestWithInitial(0);
            call.complete(begun);
        }

        @Override
        public void onNext(A answer) {
            taken.add(answer);
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onCompleted() {
            end.complete(true);
        }

        Queue<A> takeAll() throws Exception {
            assertThat(taken).isEmpty();
            call.get(20, TimeUnit.SECONDS).request(Integer.MAX_VALUE);
            assertThat(end.get(20, TimeUnit.SECONDS)).isTrue();
            return taken;
        }
    }

    private CacheGrpc.CacheBlockingStub ours() {
        return CacheGrpc.newBlockingStub(door.channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    /** What {@code buildctl du} lists, without what was the text of a record that is long. */
    private List<String> kinds() {
        return ControlGrpc.newBlockingStub(door.channel)
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .diskUsage(DiskUsageRequest.getDefaultInstance())
                .getRecordList()
                .stream()
                .map(record -> record.getDescription().replaceAll(" .*", ""))
                .distinct()
                .sorted()
                .toList();
    }

    private static org.buildengine.session.wire.cache.PruneRequest request(String kind) {
        return org.buildengine.session.wire.cache.PruneRequest.newBuilder()
                .addFilters("description~=^" + kind)
                .build();
    }

    @Test
    void item06WhoDoesNotReadWhatWentHoldsUpNobody() throws Exception {
        publishMany("first");
        publishMany("second");
        publish("third");
        publish("fourth");
        assertThat(kinds()).containsExactly("first", "fourth", "second", "third");

        var buildctl = new Reluctant<PruneRequest, UsageRecord>();
        ControlGrpc.newStub(reluctant)
                .prune(
                        PruneRequest.newBuilder()
                                .addFilter("description~=^first")
                                .build(),
                        buildctl);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(kinds()).containsExactly("fourth", "second", "third"));
        var engine = new Reluctant<org.buildengine.session.wire.cache.PruneRequest, Records>();
        CacheGrpc.newStub(reluctant).prune(request("second"), engine);
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(kinds()).containsExactly("fourth", "third"));

        assertThat(ours().prune(request("third")).next().getRecordsList())
                .extracting(Record::getDescription)
                .containsExactly("third");
        publish("fifth");
        assertThat(cache.prune(cache.limits()).records())
                .as("what goes when a build needs room")
                .extracting(record -> record.origin().description())
                .containsExactlyInAnyOrder("fourth", "fifth");

        assertThat(buildctl.takeAll()).hasSize(MANY);
        assertThat(engine.takeAll().stream().mapToInt(Records::getRecordsCount).sum())
                .isEqualTo(MANY);
    }
}
