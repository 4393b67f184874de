package org.buildengine.session.transport;

import io.grpc.ServerServiceDefinition;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HealthWatch;
import org.jspecify.annotations.Nullable;

/** An engine that listens and clients that attach to it, over real sockets. */
public final class AttachedPair implements AutoCloseable {
    public static final ClientMetadata METADATA = ClientMetadata.of("client", "secret", "session", "v0.21.8");

    private static final HealthWatch.Timing CALM =
            new HealthWatch.Timing(Duration.ofMinutes(1), Duration.ofMinutes(1), 2);

    final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<CompletableFuture<Attachables>> adopted = new LinkedBlockingQueue<>();
    private final Channel listener;
    private final boolean unix;

    AttachedPair(@Nullable Path socket, List<String> answer, Duration ackDeadline, HealthWatch.Timing health)
            throws Exception {
        unix = socket != null;
        ServerBootstrap bootstrap = new ServerBootstrap().group(loops);
        if (unix) {
            bootstrap.channel(NioServerDomainSocketChannel.class);
        } else {
            bootstrap.channel(NioServerSocketChannel.class);
        }
        bootstrap.childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Door(answer, ackDeadline, health));
            }
        });
        SocketAddress address =
                unix ? UnixDomainSocketAddress.of(socket) : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        listener = bootstrap.bind(address).sync().channel();
    }

    /** TCP on loopback, the head in one piece. */
    public static AttachedPair tcp() throws Exception {
        return new AttachedPair(null, List.of(HEAD), Duration.ofSeconds(20), CALM);
    }

    static AttachedPair tcp(List<String> answer, Duration ackDeadline, HealthWatch.Timing health) throws Exception {
        return new AttachedPair(null, answer, ackDeadline, health);
    }

    static AttachedPair unix(Path socket) throws Exception {
        return new AttachedPair(socket, List.of(HEAD), Duration.ofSeconds(20), CALM);
    }

    static final String HEAD = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

    /** A raw connection to the engine. */
    Channel dial() throws Exception {
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .handler(new ChannelInboundHandlerAdapter())
                .option(io.netty.channel.ChannelOption.AUTO_READ, false);
        if (unix) {
            bootstrap.channel(NioDomainSocketChannel.class);
        } else {
            bootstrap.channel(NioSocketChannel.class);
        }
        return bootstrap.connect(listener.localAddress()).sync().channel();
    }

    /** Attaches a client with these services. */
    public ClientAttachment attach(List<ServerServiceDefinition> services) throws Exception {
        return ClientAttachment.open(dial(), METADATA, services, Duration.ofSeconds(20));
    }

    /** What the engine got of the attachment that came next. */
    public Attachables engineSide() throws Exception {
        return nextAdoption().get(20, TimeUnit.SECONDS);
    }

    CompletableFuture<Attachables> nextAdoption() throws Exception {
        CompletableFuture<Attachables> next = adopted.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nobody attached");
        }
        return next;
    }

    @Override
    public void close() {
        listener.close().awaitUninterruptibly();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** The HTTP layer of a very small engine. */
    private final class Door extends ChannelInboundHandlerAdapter {
        private final List<String> answer;
        private final Duration ackDeadline;
        private final HealthWatch.Timing health;
        private final StringBuilder head = new StringBuilder();

        Door(List<String> answer, Duration ackDeadline, HealthWatch.Timing health) {
            this.answer = answer;
            this.ackDeadline = ackDeadline;
            this.health = health;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            head.append(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
            if (head.indexOf("\r\n\r\n") >= 0) {
                requests.add(head.toString());
                write(context, 0);
            }
        }

        private void write(ChannelHandlerContext context, int piece) {
            var _ = context.writeAndFlush(Unpooled.copiedBuffer(answer.get(piece), StandardCharsets.US_ASCII))
                    .addListener(_ -> {
                        if (piece + 1 < answer.size()) {
                            var _ = context.executor()
                                    .schedule(() -> write(context, piece + 1), 30, TimeUnit.MILLISECONDS);
                        } else if (answer.getFirst().contains(" 101")) {
                            adopted.add(EngineAttachment.adopt(context.channel(), methods(), ackDeadline, health));
                            context.pipeline().remove(this);
                        } else {
                            var _ = context.close();
                        }
                    });
        }

        private List<String> methods() {
            String prefix = EngineAttachment.METHOD_HEADER + ": ";
            return head.toString()
                    .lines()
                    .filter(line -> line.startsWith(prefix))
                    .map(line -> line.substring(prefix.length()))
                    .toList();
        }
    }
}
