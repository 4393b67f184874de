package org.buildengine.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import org.buildengine.session.wire.cache.CacheGrpc;
import org.buildengine.session.wire.cache.ListRequest;
import org.buildengine.session.wire.cache.PruneRequest;
import org.buildengine.session.wire.cache.Record;
import org.buildengine.session.wire.cache.Records;
import org.buildengine.session.wire.control.ControlGrpc;
import org.buildengine.session.wire.control.InfoRequest;
import org.buildengine.session.wire.control.InfoResponse;
import org.buildengine.session.wire.worker.BuildkitVersion;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the client makes of an engine's answers, on a real port. */
class CacheClientTest {
    private static final Record RECORD = Record.newBuilder()
            .setId("7")
            .setType("regular")
            .setDescription("exec make")
            .setExclusiveBytes(70)
            .setSharedBytes(30)
            .setCreated(1000)
            .setLastUsed(2000)
            .setCost(3_000_000_000L)
            .setInUse(true)
            .build();

    @SuppressWarnings("NullAway.Init") // set by each test
    private Server server;

    /** Says that it is an engine. */
    private static final class Control extends ControlGrpc.ControlImplBase {
        @Override
        public void info(InfoRequest request, StreamObserver<InfoResponse> answer) {
            answer.onNext(InfoResponse.newBuilder()
                    .setBuildkitVersion(BuildkitVersion.newBuilder()
                            .setPackage("github.com/dagger/dagger")
                            .setVersion("v0.21.8"))
                    .build());
            answer.onCompleted();
        }
    }

    /** Answers with two parts; a request with a filter fails with the status of that name. */
    private static final class Cache extends CacheGrpc.CacheImplBase {
        private PruneRequest asked = PruneRequest.getDefaultInstance();

        @Override
        public void list(ListRequest request, StreamObserver<Records> answer) {
            if (request.getFiltersCount() > 0) {
                answer.onError(Status.Code.valueOf(request.getFilters(0))
                        .toStatus()
                        .withDescription("what is wrong")
                        .asRuntimeException());
                return;
            }
            answer.onNext(Records.newBuilder().addRecords(RECORD).setBytes(100).build());
            answer.onNext(Records.newBuilder().addRecords(RECORD).setBytes(100).build());
            answer.onCompleted();
        }

        @Override
        public void prune(PruneRequest request, StreamObserver<Records> answer) {
            asked = request;
            answer.onNext(Records.newBuilder().setBytes(0).build());
            answer.onCompleted();
        }
    }

    private CacheClient connect(BindableService... services) throws IOException {
        serve(NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), services);
        return CacheClient.connect(new EngineAddress.Tcp("127.0.0.1", server.getPort()), "v0.21.8");
    }

    private void serve(NettyServerBuilder builder, BindableService... services) throws IOException {
        List.of(services).forEach(builder::addService);
        server = builder.build().start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        server.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
    }

    @Test
    void listIsPutTogetherFromItsParts() throws Exception {
        try (CacheClient client = connect(new Control(), new Cache())) {
            CacheListing listing = client.list(List.of());
            assertThat(listing.bytes()).isEqualTo(100);
            assertThat(listing.cost()).isEqualTo(Duration.ofSeconds(6));
            assertThat(listing.entries())
                    .hasSize(2)
                    .contains(new CacheEntry(
                            "7",
                            "regular",
                            "exec make",
                            70,
                            30,
                            Instant.ofEpochSecond(1000),
                            Instant.ofEpochSecond(2000),
                            Duration.ofSeconds(3),
                            true));
        }
    }

    @Test
    void nothingIsLoggedOfAUnixSocket(@TempDir Path directory) throws Exception {
        Path socket = directory.resolve("engine.sock");
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        serve(
                NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                        .channelType(NioServerDomainSocketChannel.class)
                        .bossEventLoopGroup(loops)
                        .workerEventLoopGroup(loops),
                new Control(),
                new Cache());
        var logged = new CopyOnWriteArrayList<String>();
        Logger logger = Logger.getLogger("io.netty.bootstrap.Bootstrap");
        logger.setFilter(line -> logged.add(line.getMessage()));
        try (CacheClient client = CacheClient.connect(new EngineAddress.Unix(socket), "v0.21.8")) {
            assertThat(client.list(List.of()).bytes()).isEqualTo(100);
        } finally {
            logger.setFilter(null);
            server.shutdownNow();
            GrpcOffer.stop(loops);
        }
        assertThat(logged).isEmpty();
    }

    @Test
    void pruningIsPassedOnAsItIs() throws Exception {
        var cache = new Cache();
        try (CacheClient client = connect(new Control(), cache)) {
            var pruning = new CachePruning(List.of("inuse"), true, Duration.ofDays(2), "1GB", "50%", "7", true);
            assertThat(client.prune(pruning).entries()).isEmpty();
        }
        assertThat(cache.asked)
                .isEqualTo(PruneRequest.newBuilder()
                        .addFilters("inuse")
                        .setAll(true)
                        .setKeepDuration(Duration.ofDays(2).toNanos())
                        .setReservedSpace("1GB")
                        .setMaxUsedSpace("50%")
                        .setMinFreeSpace("7")
                        .setDryRun(true)
                        .build());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "INVALID_ARGUMENT|what is wrong",
                "INTERNAL|what is wrong",
                "UNAVAILABLE|no answer from the engine: what is wrong. Its log may say why.",
                "DEADLINE_EXCEEDED|did not answer in time; it goes on by itself"
            })
    void failureSaysWhatIsWrong(String status, String message) throws Exception {
        try (CacheClient client = connect(new Control(), new Cache())) {
            assertThatThrownBy(() -> client.list(List.of(status)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(message);
        }
    }

    @Test
    void engineWithoutTheServiceIsNamed() throws Exception {
        try (CacheClient client = connect(new Control())) {
            assertThatThrownBy(() -> client.list(List.of()))
                    .isInstanceOf(IOException.class)
                    .hasMessage("the engine at tcp://127.0.0.1:" + server.getPort()
                            + " is none that answers this: it is an older one, or Dagger's own");
        }
    }
}
