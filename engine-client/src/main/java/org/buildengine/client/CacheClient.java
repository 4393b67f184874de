package org.buildengine.client;

import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.buildengine.session.wire.cache.CacheGrpc;
import org.buildengine.session.wire.cache.ListOwnersRequest;
import org.buildengine.session.wire.cache.ListRequest;
import org.buildengine.session.wire.cache.PruneRequest;
import org.buildengine.session.wire.cache.Record;
import org.buildengine.session.wire.cache.Records;

/**
 * Asks an engine about its cache, without a session. The protocol is our engine's own ({@code cache.proto}); others are told
 * apart. Used by one thread; calls block.
 */
public final class CacheClient implements AutoCloseable {
    private static final Duration LIST_LIMIT = Duration.ofMinutes(5);
    private static final Duration PRUNE_LIMIT = Duration.ofHours(1);

    private final ControlChannel channel;

    private CacheClient(ControlChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects.
     *
     * @param version the version of the API that the caller speaks
     * @throws IOException if no usable engine is there; says what was tried and why
     */
    public static CacheClient connect(EngineAddress address, String version) throws IOException {
        return new CacheClient(ControlChannel.connect(address, version));
    }

    /**
     * What the cache has.
     *
     * @param filters what one of them matches is listed; none for everything
     * @throws IOException if there is no answer; the message is for the person
     */
    public CacheListing list(List<String> filters) throws IOException {
        var request = ListRequest.newBuilder().addAllFilters(filters).build();
        return collect(LIST_LIMIT, stub -> stub.list(request));
    }

    /**
     * Removes, or says what would be removed.
     *
     * @throws IOException if there is no answer; the message is for the person
     */
    public CacheListing prune(CachePruning pruning) throws IOException {
        var request = PruneRequest.newBuilder()
                .addAllFilters(pruning.filters())
                .setAll(pruning.all())
                .setKeepDuration(pruning.keepDuration().toNanos())
                .setReservedSpace(pruning.reservedSpace())
                .setMaxUsedSpace(pruning.maxUsedSpace())
                .setMinFreeSpace(pruning.minFreeSpace())
                .setDryRun(pruning.dryRun())
                .build();
        return collect(PRUNE_LIMIT, stub -> stub.prune(request));
    }

    /**
     * Who holds results, the oldest first.
     *
     * @throws IOException if there is no answer; the message is for the person
     */
    public List<CacheOwner> owners() throws IOException {
        var owners = new ArrayList<CacheOwner>();
        try {
            stub(LIST_LIMIT)
                    .listOwners(ListOwnersRequest.getDefaultInstance())
                    .forEachRemaining(owner -> owners.add(new CacheOwner(
                            owner.getName(), Instant.ofEpochMilli(owner.getSince()), owner.getResults())));
        } catch (StatusRuntimeException e) {
            throw channel.failure(e);
        }
        return owners;
    }

    private CacheGrpc.CacheBlockingStub stub(Duration limit) {
        return CacheGrpc.newBlockingStub(channel.calls()).withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS);
    }

    private CacheListing collect(Duration limit, Function<CacheGrpc.CacheBlockingStub, Iterator<Records>> call)
            throws IOException {
        var entries = new ArrayList<CacheEntry>();
        long bytes = 0;
        try {
            for (Iterator<Records> parts = call.apply(stub(limit)); parts.hasNext(); ) {
                Records part = parts.next();
                part.getRecordsList().forEach(record -> entries.add(entry(record)));
                bytes = part.getBytes();
            }
        } catch (StatusRuntimeException e) {
            throw channel.failure(e);
        }
        return new CacheListing(entries, bytes);
    }

    private static CacheEntry entry(Record record) {
        return new CacheEntry(
                record.getId(),
                record.getType(),
                record.getDescription(),
                record.getExclusiveBytes(),
                record.getSharedBytes(),
                Instant.ofEpochSecond(record.getCreated()),
                Instant.ofEpochSecond(record.getLastUsed()),
                Duration.ofNanos(record.getCost()),
                record.getInUse());
    }

    @Override
    public void close() {
        channel.close();
    }
}
