package org.buildengine.session.transport;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler;
import io.netty.channel.local.LocalAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HealthWatch;

/**
 * The engine's end of an attachment: makes {@link Attachables} of an accepted connection on which the 101 was written.
 *
 * @see ClientAttachment
 */
public final class EngineAttachment {
    /** Name of the request header that announces one method, repeated for each. */
    public static final String METHOD_HEADER = "X-Docker-Expose-Session-Grpc-Method";

    /** How long a client may take to acknowledge the 101. */
    public static final Duration ACK_DEADLINE = Duration.ofSeconds(10);

    private static final int MAX_MESSAGE = 16 * 1024 * 1024;
    private static final int WINDOW = 1024 * 1024;
    private static final Executor CALLBACKS = Executors.newVirtualThreadPerTaskExecutor();

    private EngineAttachment() {}

    /** {@link #adopt(Channel, Collection, Duration, HealthWatch.Timing)} with the standard times. */
    public static CompletableFuture<Attachables> adopt(Channel connection, Collection<String> offered) {
        return adopt(connection, offered, ACK_DEADLINE, HealthWatch.Timing.STANDARD);
    }

    /**
     * Waits for the ack byte and hands the connection to gRPC. To be called on the connection's event loop after the 101 was
     * flushed; the caller's own HTTP handlers may still be in the pipeline or be removed later in the same task, what they
     * hold back is not lost.
     *
     * @param connection open, with HTTP/1.1 handlers or none
     * @param offered the values of {@value #METHOD_HEADER}
     * @return completes with the attachables; fails with an IOException if the client does not acknowledge in time or goes
     *     away, the connection is closed then. Its callbacks run on the event loop and must not block
     */
    public static CompletableFuture<Attachables> adopt(
            Channel connection, Collection<String> offered, Duration ackDeadline, HealthWatch.Timing health) {
        List<String> methods = List.copyOf(offered);
        CompletableFuture<Attachables> result = new CompletableFuture<>();
        CompletableFuture<ByteBuf> acked = new CompletableFuture<>();
        AckByteHandler handler = new AckByteHandler(ackDeadline, acked);
        connection.pipeline().addLast(handler);
        var _ = acked.whenComplete((rest, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            } else {
                takeOver(connection, handler, rest, methods, health, result);
            }
        });
        return result;
    }

    private static void takeOver(
            Channel connection,
            ChannelHandler ack,
            ByteBuf rest,
            List<String> methods,
            HealthWatch.Timing health,
            CompletableFuture<Attachables> result) {
        connection.pipeline().remove(ack);
        connection.pipeline().addFirst(new PreconnectedHandler(rest));
        var _ = connection.deregister().addListener(done -> {
            if (!done.isSuccess()) {
                var _ = connection.close();
                result.completeExceptionally(
                        new java.io.IOException("the connection cannot be handed over", done.cause()));
                return;
            }
            // Building and connecting the channel would run on the loop that is just being left.
            CALLBACKS.execute(() -> result.complete(connect(connection, methods, health)));
        });
    }

    private static Attachables connect(Channel connection, List<String> methods, HealthWatch.Timing health) {
        AtomicBoolean used = new AtomicBoolean();
        // The address is never dialled. A local one keeps grpc-java from looking for a proxy.
        ManagedChannel grpc = NettyChannelBuilder.forAddress(new LocalAddress("client-session"))
                .usePlaintext()
                .overrideAuthority("localhost")
                .eventLoopGroup(connection.eventLoop())
                .channelFactory(() -> {
                    if (used.compareAndSet(false, true)) {
                        return connection;
                    }
                    throw new ChannelException("the client's connection is closed");
                })
                .executor(CALLBACKS)
                // A session may be idle for hours, and grpc-java would close it and try to reconnect.
                .idleTimeout(365, TimeUnit.DAYS)
                .disableRetry()
                .flowControlWindow(WINDOW)
                .maxInboundMessageSize(MAX_MESSAGE)
                .build();
        Attachables attachables = Attachables.over(grpc, methods, health);
        var _ = connection.closeFuture().addListener(_ -> attachables.close("the client's connection was closed"));
        // A graceful close waits for streams; a peer that does not answer would keep the socket open.
        var _ = attachables.closed().thenRun(() -> HardClose.soon(connection));
        var _ = grpc.getState(true);
        return attachables;
    }
}
