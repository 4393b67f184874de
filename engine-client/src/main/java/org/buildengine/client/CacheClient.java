package org.buildengine.client;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.buildengine.session.ClientVersion;
import org.buildengine.session.wire.cache.CacheGrpc;
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

    private final EngineAddress address;
    private final EventLoopGroup loops;
    private final ManagedChannel channel;

    private CacheClient(EngineAddress address, EventLoopGroup loops) {
        this.address = address;
        this.loops = loops;
        Class<? extends Channel> kind =
                address instanceof EngineAddress.Unix ? NioDomainSocketChannel.class : NioSocketChannel.class;
        this.channel = NettyChannelBuilder.forAddress(address.socketAddress())
                .overrideAuthority("localhost")
                .proxyDetector(_ -> null)
                .channelType(kind)
                .eventLoopGroup(loops)
                .usePlaintext()
                .build();
    }

    /**
     * Connects.
     *
     * @param version the version of the API that the caller speaks
     * @throws IOException if no usable engine is there; says what was tried and why
     */
    public static CacheClient connect(EngineAddress address, String version) throws IOException {
        try (EngineCheck check = EngineCheck.begin(address)) {
            check.await(ClientVersion.normalize(version, ClientVersion.MINIMUM));
        }
        return new CacheClient(address, new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory()));
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

    private CacheListing collect(Duration limit, Function<CacheGrpc.CacheBlockingStub, Iterator<Records>> call)
            throws IOException {
        var stub = CacheGrpc.newBlockingStub(channel).withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS);
        var entries = new ArrayList<CacheEntry>();
        long bytes = 0;
        try {
            for (Iterator<Records> parts = call.apply(stub); parts.hasNext(); ) {
                Records part = parts.next();
                part.getRecordsList().forEach(record -> entries.add(entry(record)));
                bytes = part.getBytes();
            }
        } catch (StatusRuntimeException e) {
            throw failure(e);
        }
        return new CacheListing(entries, bytes);
    }

    private IOException failure(StatusRuntimeException failure) {
        Status status = failure.getStatus();
        String text = Objects.requireNonNullElse(
                status.getDescription(), status.getCode().toString());
        return switch (status.getCode()) {
            case UNIMPLEMENTED ->
                new IOException(
                        "the engine at " + address + " is none that answers this: it is an older one, or Dagger's own",
                        failure);
            case INVALID_ARGUMENT, INTERNAL -> new IOException(text, failure);
            case DEADLINE_EXCEEDED ->
                new IOException("the engine at " + address + " did not answer in time; it goes on by itself", failure);
            default -> new EngineLostException(new IOException(text, failure));
        };
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
        channel.shutdownNow();
        GrpcOffer.stop(loops);
    }
}
