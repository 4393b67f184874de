package org.buildengine.client;

import io.grpc.ServerServiceDefinition;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.buildengine.client.Attacher.Attachment;
import org.buildengine.session.transport.ClientAttachment;

/**
 * Services on a connection that the engine calls on. They run on an event loop of their own, which is stopped without a quiet
 * period: a loop that still waits in the kernel would hold up the end of the process.
 */
final class GrpcOffer implements Attachment {
    /** How long the end of a session waits for calls that were cancelled. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** How long the loop waits for those that read from a disk that is slow to answer. */
    private static final Duration LAST_CALLS = Duration.ofMinutes(1);

    private final ClientAttachment attachment;
    private final EventLoopGroup loops;

    private GrpcOffer(ClientAttachment attachment, EventLoopGroup loops) {
        this.attachment = attachment;
        this.loops = loops;
    }

    /**
     * Serves.
     *
     * @param address where the connection leads
     * @param connection turned around, read by nobody
     * @param services what is offered
     * @param read what was read of the connection since it was turned
     */
    static GrpcOffer serve(
            EngineAddress address, SocketChannel connection, List<ServerServiceDefinition> services, byte[] read)
            throws IOException {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        boolean serving = false;
        try {
            Channel channel = switch (address) {
                case EngineAddress.Unix unix -> new NioDomainSocketChannel(connection);
                case EngineAddress.Tcp tcp -> new NioSocketChannel(connection);
            };
            channel.config().setAutoRead(false);
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter());
            loops.register(channel).syncUninterruptibly();
            GrpcOffer offer =
                    new GrpcOffer(ClientAttachment.turned(channel, services, Unpooled.wrappedBuffer(read)), loops);
            serving = true;
            return offer;
        } finally {
            if (!serving) {
                stop(loops);
            }
        }
    }

    @Override
    public void close() {
        attachment.close();
        if (callsEnd(PATIENCE)) {
            stop(loops);
        } else {
            ClientThread.start("last calls of an offer", () -> {
                var _ = callsEnd(LAST_CALLS);
                stop(loops);
            });
        }
    }

    private boolean callsEnd(Duration patience) {
        try {
            return attachment.awaitCalls(patience);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Stops a loop without a quiet period. */
    static void stop(EventLoopGroup loops) {
        var stopped = loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        stopped.awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
