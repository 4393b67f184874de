package org.buildengine.server.http;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalServerChannel;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.util.AttributeKey;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A grpc-java server inside this process, and the way to it: streams are relayed over one in-process connection per
 * public connection. So gRPC keeps all that grpc-java does for it (deadlines, compression, health), behind the one port.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
public final class LocalGrpcServer implements GrpcBackend, AutoCloseable {
    private static final AttributeKey<ChannelFuture> CONNECTION =
            AttributeKey.valueOf(LocalGrpcServer.class, "connection");
    private static final int HEADER_BYTES = 2 << 20;
    private static final int MESSAGE_BYTES = 4 << 20;
    private static final Duration STOP = Duration.ofSeconds(5);

    private final LocalAddress address = new LocalAddress(LocalGrpcServer.class);
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
    private final Server server;

    private LocalGrpcServer(IoLoops loops, List<BindableService> services) throws IOException {
        ServerBuilder<?> builder = NettyServerBuilder.forAddress(address)
                .channelType(LocalServerChannel.class)
                .bossEventLoopGroup(loops.group())
                .workerEventLoopGroup(loops.group())
                .permitKeepAliveTime(1, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .maxInboundMetadataSize(HEADER_BYTES)
                .maxInboundMessageSize(MESSAGE_BYTES)
                .executor(calls);
        services.forEach(builder::addService);
        this.server = builder.build().start();
    }

    /** Starts to serve {@code services} on {@code loops}, which have to outlive it. Calls run on virtual threads. */
    public static LocalGrpcServer start(IoLoops loops, List<BindableService> services) throws IOException {
        return new LocalGrpcServer(loops, services);
    }

    @Override
    public void accept(ChannelHandlerContext dispatcher, Http2StreamChannel stream, Http2HeadersFrame first) {
        stream.config().setAutoRead(false);
        StreamRelay front = StreamRelay.receive(dispatcher, stream, first);
        ChannelFuture connection = connection(stream.parent());
        connection.addListener(connected -> {
            if (connected.isSuccess()) {
                front.open(stream, connection.channel());
            } else {
                front.refuse(stream);
            }
        });
    }

    private ChannelFuture connection(Channel outer) {
        ChannelFuture known = outer.attr(CONNECTION).get();
        if (known != null && !(known.isDone() && !known.channel().isActive())) {
            return known;
        }
        ChannelFuture connecting = new Bootstrap()
                .group(outer.eventLoop())
                .channel(LocalChannel.class)
                .handler(new Dialler())
                .connect(address);
        Channel inner = connecting.channel();
        connecting.addListener(connected -> {
            if (connected.isSuccess()) {
                inner.writeAndFlush(new DefaultHttp2WindowUpdateFrame(Http2Streams.CONNECTION_WINDOW));
            }
        });
        outer.attr(CONNECTION).set(connecting);
        outer.closeFuture().addListener(closed -> inner.close());
        return connecting;
    }

    /** Ends the server: calls get five seconds, then they are cancelled. */
    @Override
    public void close() {
        try {
            if (!server.shutdown().awaitTermination(STOP.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        calls.shutdownNow();
    }

    /** Prepares the dialling end of the in-process connection. */
    private static final class Dialler extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline()
                    .addLast(
                            new DeferredReads(),
                            Http2Streams.tuned(Http2FrameCodecBuilder.forClient(), HEADER_BYTES)
                                    .build(),
                            new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()),
                            new OpenStreams());
        }
    }
}
