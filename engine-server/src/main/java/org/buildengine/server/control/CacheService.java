package org.buildengine.server.control;

import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.buildengine.server.cache.CacheFilter;
import org.buildengine.server.cache.DiskSpace;
import org.buildengine.server.cache.LocalCache;
import org.buildengine.session.wire.cache.CacheGrpc;
import org.buildengine.session.wire.cache.ListOwnersRequest;
import org.buildengine.session.wire.cache.ListRequest;
import org.buildengine.session.wire.cache.OwnerHoldings;
import org.buildengine.session.wire.cache.PruneRequest;
import org.buildengine.session.wire.cache.Record;
import org.buildengine.session.wire.cache.Records;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.Holdings;

/** Our own service about the cache, which {@code engine du} and {@code engine prune} use. Safe for use by several threads. */
public final class CacheService extends CacheGrpc.CacheImplBase {
    /** So many records make a message of some hundred kilobytes at most. */
    private static final int BATCH = 500;

    private final LocalCache cache;
    private final Supplier<List<Holdings>> holdings;

    /** A service that speaks of {@code cache}, and of who holds what in it. */
    public CacheService(LocalCache cache, Supplier<List<Holdings>> holdings) {
        this.cache = cache;
        this.holdings = holdings;
    }

    @Override
    public void list(ListRequest request, StreamObserver<Records> answer) {
        CacheAnswers.answer(answer, () -> {
            Predicate<CacheRecord> filter = CacheFilter.anyOf(request.getFiltersList());
            CacheCollector.Usage usage = cache.collector().usage();
            send(usage.records().stream().filter(filter).toList(), usage.bytes(), answer);
        });
    }

    @Override
    public void listOwners(ListOwnersRequest request, StreamObserver<OwnerHoldings> answer) {
        holdings.get()
                .forEach(each -> answer.onNext(OwnerHoldings.newBuilder()
                        .setName(each.owner())
                        .setSince(each.since().toEpochMilli())
                        .setResults(each.results())
                        .build()));
        answer.onCompleted();
    }

    @Override
    public void prune(PruneRequest request, StreamObserver<Records> answer) {
        CacheAnswers.answer(answer, () -> {
            List<CachePolicy> policies = List.of(CacheAnswers.policy(
                    request.getFiltersList(),
                    request.getAll(),
                    Duration.ofNanos(request.getKeepDuration()),
                    bytes("reserved-space", request.getReservedSpace()),
                    bytes("max-used-space", request.getMaxUsedSpace()),
                    bytes("min-free-space", request.getMinFreeSpace())));
            CacheCollector.Pruned pruned = request.getDryRun()
                    ? cache.collector().plan(policies)
                    : cache.collector().prune(policies);
            send(pruned.records(), pruned.bytes(), answer);
        });
    }

    private long bytes(String name, String text) throws IOException {
        try {
            return DiskSpace.parse(text).of(cache.diskSize());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private static void send(List<CacheRecord> records, long bytes, StreamObserver<Records> answer) {
        for (int from = 0; from == 0 || from < records.size(); from += BATCH) {
            var part = Records.newBuilder().setBytes(bytes);
            records.subList(from, Math.min(records.size(), from + BATCH))
                    .forEach(record -> part.addRecords(message(record)));
            answer.onNext(part.build());
        }
    }

    private static Record message(CacheRecord record) {
        return Record.newBuilder()
                .setId(record.id())
                .setType(record.origin().type().toString())
                .setDescription(record.origin().description())
                .setExclusiveBytes(record.exclusiveBytes())
                .setSharedBytes(record.sharedBytes())
                .setCreated(record.created().getEpochSecond())
                .setLastUsed(record.lastUsed().getEpochSecond())
                .setCost(record.cost().toNanos())
                .setInUse(record.inUse())
                .build();
    }
}
