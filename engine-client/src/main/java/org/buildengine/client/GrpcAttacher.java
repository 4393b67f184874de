package org.buildengine.client;

import io.grpc.ServerServiceDefinition;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.transport.ClientAttachment;

/**
 * Offers gRPC services over a connection that is turned around. It runs on an event loop of its own, which is stopped
 * without a quiet period: a loop that still waits in the kernel would hold up the end of the process.
 */
public final class GrpcAttacher implements Attacher {
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final List<ServerServiceDefinition> services;

    /**
     * Makes an attacher.
     *
     * @param services what is offered
     */
    public GrpcAttacher(List<ServerServiceDefinition> services) {
        this.services = List.copyOf(services);
    }

    @Override
    public Attachment attach(EngineAddress address, ClientMetadata identity) throws IOException {
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        boolean attached = false;
        try {
            ClientAttachment attachment = ClientAttachment.open(connect(loops, address), identity, services, DEADLINE);
            attached = true;
            return () -> {
                attachment.close();
                stop(loops);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while attaching to the engine", e);
        } finally {
            if (!attached) {
                stop(loops);
            }
        }
    }

    private static Channel connect(EventLoopGroup loops, EngineAddress address)
            throws EngineUnavailableException, InterruptedException {
        ChannelFuture connected = new Bootstrap()
                .group(loops)
                .channel(
                        switch (address) {
                            case EngineAddress.Unix unix -> NioDomainSocketChannel.class;
                            case EngineAddress.Tcp tcp -> NioSocketChannel.class;
                        })
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) EngineAddress.CONNECT_TIMEOUT.toMillis())
                .handler(new ChannelInboundHandlerAdapter())
                .connect(address.socketAddress())
                .await();
        if (!connected.isSuccess()) {
            throw new EngineUnavailableException(
                    address, String.valueOf(connected.cause().getMessage()), connected.cause());
        }
        return connected.channel();
    }

    private static void stop(EventLoopGroup loops) {
        var stopped = loops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
        stopped.awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
