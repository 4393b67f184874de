package org.buildengine.session.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.HostException;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HealthWatch;
import org.buildengine.session.attachables.Silence;
import org.buildengine.session.wire.secrets.GetSecretRequest;
import org.buildengine.session.wire.secrets.GetSecretResponse;
import org.buildengine.session.wire.secrets.SecretsGrpc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttachmentTest {
    private static final HealthWatch.Timing CALM =
            new HealthWatch.Timing(Duration.ofMinutes(1), Duration.ofMinutes(1), 2);
    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void engineCallsAClientThatAttachedOverTcp() throws Exception {
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(List.of());
                Attachables engine = pair.engineSide()) {
            assertThat(ask(engine)).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            assertThat(engine.supports("/GRPC.health.v1.Health/Check")).isTrue();
            assertThat(engine.supports("/moby.filesync.v1.FileSync/DiffCopy")).isFalse();
            assertThat(client.closed()).isNotDone();
            assertThat(pair.requests.take())
                    .startsWith("GET /sessionAttachables HTTP/1.1\r\n")
                    .contains("X-Dagger-Client-Metadata: " + AttachedPair.METADATA.encode() + "\r\n")
                    .contains("X-Docker-Expose-Session-Grpc-Method: /grpc.health.v1.Health/Check\r\n");
        }
    }

    @Test
    void engineCallsAClientThatAttachedOverAUnixSocket(@TempDir Path dir) throws Exception {
        try (AttachedPair pair = AttachedPair.unix(dir.resolve("engine.sock"));
                ClientAttachment client = pair.attach(List.of());
                Attachables engine = pair.engineSide()) {
            assertThat(ask(engine)).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            assertThat(client.closed()).isNotDone();
        }
    }

    @Test
    void callThatIsStillBusyAfterTheEndIsWaitedFor() throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        var busy = new SecretsGrpc.SecretsImplBase() {
            @Override
            public void getSecret(GetSecretRequest request, StreamObserver<GetSecretResponse> answer) {
                called.countDown();
                try {
                    leave.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        try (AttachedPair pair = AttachedPair.tcp()) {
            ClientAttachment client = pair.attach(List.of(busy.bindService()));
            Attachables engine = pair.engineSide();
            var _ = SecretsGrpc.newFutureStub(engine.channel()).getSecret(GetSecretRequest.getDefaultInstance());
            called.await();
            client.close();

            assertThat(client.awaitCalls(Duration.ofMillis(50))).isFalse();
            leave.countDown();
            assertThat(client.awaitCalls(LONG)).isTrue();
            engine.close();
        }
    }

    @Test
    void headMayComeInPiecesAndWithoutAVersion() throws Exception {
        List<String> pieces = List.of("HTTP/0.0 101 Swit", "ching Protocols\r\nUpgrade: h2c\r", "\n\r", "\n");
        try (AttachedPair pair = AttachedPair.tcp(pieces, LONG, CALM);
                ClientAttachment client = pair.attach(List.of());
                Attachables engine = pair.engineSide()) {
            assertThat(ask(engine)).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            assertThat(client.closed()).isNotDone();
        }
    }

    @Test
    void refusalIsToldWithStatusAndText() throws Exception {
        String refusal = "HTTP/1.1 400 Bad Request\r\nContent-Length: 16\r\n\r\nalready attached";
        try (AttachedPair pair = AttachedPair.tcp(List.of(refusal), LONG, CALM)) {
            assertThatThrownBy(() -> pair.attach(List.of()))
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("400")
                    .hasMessageContaining("already attached");
        }
    }

    @Test
    void attachmentFailsWithoutAnAck() throws Exception {
        try (AttachedPair pair = AttachedPair.tcp(List.of(AttachedPair.HEAD), Duration.ofMillis(100), CALM)) {
            Channel silent = pair.dial();
            silent.writeAndFlush(head()).sync();
            assertThatThrownBy(() -> pair.nextAdoption().get(20, TimeUnit.SECONDS))
                    .hasMessageContaining("did not acknowledge");
            silent.config().setAutoRead(true);
            assertThat(silent.closeFuture().await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void attachmentFailsWhenTheClientVanishesBeforeTheAck() throws Exception {
        try (AttachedPair pair = AttachedPair.tcp()) {
            Channel vanishing = pair.dial();
            vanishing.writeAndFlush(head()).sync();
            var adoption = pair.nextAdoption();
            vanishing.close().sync();
            assertThatThrownBy(() -> adoption.get(20, TimeUnit.SECONDS)).hasMessageContaining("went away");
        }
    }

    @Test
    void framesGluedToTheAckAreNotLost() throws Exception {
        try (AttachedPair pair = AttachedPair.tcp()) {
            Channel raw = pair.dial();
            StringBuilder seen = new StringBuilder();
            var preface = new java.util.concurrent.CompletableFuture<Void>();
            raw.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    ByteBuf bytes = (ByteBuf) message;
                    seen.append(bytes.toString(StandardCharsets.ISO_8859_1));
                    bytes.release();
                    // An acknowledgement of our SETTINGS: type 4, flag 1, stream 0, no payload.
                    if (seen.indexOf("\0\0\0\4\1\0\0\0\0") >= 0) {
                        preface.complete(null);
                    }
                }
            });
            raw.config().setAutoRead(true);
            raw.writeAndFlush(head()).sync();
            var adoption = pair.nextAdoption();
            raw.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {0, 0, 0, 0, 4, 0, 0, 0, 0, 0}))
                    .sync();
            assertThat(adoption.get(20, TimeUnit.SECONDS).isOpen()).isTrue();
            preface.get(20, TimeUnit.SECONDS);
            assertThat(seen).contains("PRI * HTTP/2.0");
            raw.close().sync();
        }
    }

    @Test
    void engineNoticesAClientThatGoesAway() throws Exception {
        try (AttachedPair pair = AttachedPair.tcp()) {
            ClientAttachment client = pair.attach(List.of());
            Attachables engine = pair.engineSide();
            assertThat(ask(engine)).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            client.close();
            assertThat(engine.closed().get(20, TimeUnit.SECONDS)).contains("closed");
            assertThat(engine.isOpen()).isFalse();
        }
    }

    @Test
    void clientNoticesThatTheEngineCloses() throws Exception {
        try (AttachedPair pair = AttachedPair.tcp();
                ClientAttachment client = pair.attach(List.of())) {
            pair.engineSide().close();
            assertThat(client.closed().get(20, TimeUnit.SECONDS)).contains("engine closed");
        }
    }

    @Test
    void silentClientIsDroppedAfterItsHealthChecksFail() throws Exception {
        HealthWatch.Timing quick = new HealthWatch.Timing(Duration.ofMillis(20), Duration.ofMillis(50), 2);
        try (AttachedPair pair = AttachedPair.tcp(List.of(AttachedPair.HEAD), LONG, quick)) {
            Channel mute = pair.dial();
            mute.writeAndFlush(head()).sync();
            var adoption = pair.nextAdoption();
            mute.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).sync();
            assertThat(adoption.get(20, TimeUnit.SECONDS).closed().get(20, TimeUnit.SECONDS))
                    .contains("2 health checks");
            mute.close().sync();
        }
    }

    /** Two checks of five seconds. */
    @Test
    void endOfASilentClientIsSaidInAdvance() throws Exception {
        HealthWatch.Timing slow = new HealthWatch.Timing(Duration.ofMillis(20), Duration.ofSeconds(5), 2);
        try (AttachedPair pair = AttachedPair.tcp(List.of(AttachedPair.HEAD), LONG, slow)) {
            Channel mute = pair.dial();
            mute.writeAndFlush(head()).sync();
            var adoption = pair.nextAdoption();
            mute.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).sync();
            Attachables engine = adoption.get(20, TimeUnit.SECONDS);
            Silence first = engine.silence().orElseThrow();
            long saidFirst = System.nanoTime() + first.left().toNanos();
            assertThat(first.noticed()).isFalse();
            while (!engine.silence().map(Silence::noticed).orElse(true)) {
                Thread.sleep(10);
            }
            long said =
                    System.nanoTime() + engine.silence().orElseThrow().left().toNanos();
            assertThat(said - System.nanoTime())
                    .isGreaterThan(Duration.ofSeconds(5).toNanos());
            assertThat(Duration.ofNanos(said - saidFirst)).isBetween(Duration.ofMillis(-100), Duration.ofSeconds(2));

            engine.closed().get(20, TimeUnit.SECONDS);
            assertThat(Duration.ofNanos(System.nanoTime() - said))
                    .isBetween(Duration.ofMillis(-100), Duration.ofSeconds(2));
            assertThat(engine.silence()).isEmpty();
            mute.close().sync();
        }
    }

    @Test
    void healthyClientIsNotDropped() throws Exception {
        HealthWatch.Timing quick = new HealthWatch.Timing(Duration.ofMillis(10), Duration.ofSeconds(20), 1);
        try (AttachedPair pair = AttachedPair.tcp(List.of(AttachedPair.HEAD), LONG, quick);
                ClientAttachment client = pair.attach(List.of());
                Attachables engine = pair.engineSide()) {
            for (int i = 0; i < 50; i++) {
                assertThat(ask(engine)).isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            }
            assertThat(engine.isOpen()).isTrue();
            Silence silence = engine.silence().orElseThrow();
            assertThat(silence.noticed()).isFalse();
            assertThat(silence.left()).isGreaterThan(Duration.ofSeconds(15));
            assertThat(client.closed()).isNotDone();
        }
    }

    private static ByteBuf head() {
        String method = EngineAttachment.METHOD_HEADER + ": /grpc.health.v1.Health/Check";
        String text = "GET " + ClientAttachment.PATH + " HTTP/1.1\r\n" + method + "\r\n\r\n";
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static HealthCheckResponse.ServingStatus ask(Attachables engine) {
        return HealthGrpc.newBlockingStub(engine.channel())
                .withDeadlineAfter(20, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus();
    }
}
