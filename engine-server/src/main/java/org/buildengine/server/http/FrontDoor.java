package org.buildengine.server.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ServerChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * Accepts connections on any number of addresses. Safe for use by several threads. Closing it twice does nothing.
 */
public final class FrontDoor implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FrontDoor.class.getName());
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final IoLoops loops;
    private final HttpHandler handler;
    private final GrpcBackend grpc;
    private final HttpLimits limits;
    private final List<Channel> listeners = new CopyOnWriteArrayList<>();
    private final List<UnixSocketFile> files = new CopyOnWriteArrayList<>();
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);

    /** A door that is not open yet. */
    public FrontDoor(IoLoops loops, HttpHandler handler, GrpcBackend grpc, HttpLimits limits) {
        this.loops = loops;
        this.handler = handler;
        this.grpc = grpc;
        this.limits = limits;
    }

    /**
     * Listens at a TCP address.
     *
     * @param address with port 0 for any free one
     * @return the address with its port
     * @throws IOException if it cannot be had; says why
     */
    public InetSocketAddress listen(InetSocketAddress address) throws IOException {
        if (address.isUnresolved()) {
            throw new IOException("cannot listen at " + address.getHostString() + ": the name is unknown");
        }
        return (InetSocketAddress) bind(loops.tcp(), address).localAddress();
    }

    /**
     * Listens at a unix socket. A left-over file is replaced; a socket that somebody answers at is refused, and so is
     * anything that is no socket.
     *
     * @param mode who may connect
     * @throws IOException if it cannot be had; says why
     */
    public void listen(Path socket, Set<PosixFilePermission> mode) throws IOException {
        var file = new UnixSocketFile(socket);
        Path bound = file.prepare();
        try {
            Channel listener = bind(loops.unix(), loops.unixAddress(bound));
            try {
                file.publish(bound, mode);
            } catch (IOException e) {
                listeners.remove(listener);
                listener.close().awaitUninterruptibly(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
                throw e;
            }
        } catch (IOException e) {
            file.abandon(bound);
            throw e;
        }
        files.add(file);
    }

    private Channel bind(Class<? extends ServerChannel> type, SocketAddress address) throws IOException {
        ChannelFuture binding = new ServerBootstrap()
                .group(loops.group())
                .channel(type)
                .childHandler(new Arrivals())
                .bind(address);
        if (!binding.awaitUninterruptibly(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException("could not listen at " + address + " within " + PATIENCE.toSeconds() + " s");
        }
        if (!binding.isSuccess()) {
            throw new IOException(
                    "cannot listen at " + address + ": " + binding.cause().getMessage(), binding.cause());
        }
        listeners.add(binding.channel());
        return binding.channel();
    }

    /** How many connections are open, taken-over ones among them. */
    public int connections() {
        return connections.size();
    }

    /** Accepts nothing any more and removes the socket files. Open connections stay. */
    public void stopAccepting() {
        for (Channel listener : listeners) {
            listener.close().awaitUninterruptibly(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
        listeners.clear();
        var removable = new ArrayList<>(files);
        files.clear();
        for (UnixSocketFile file : removable) {
            try {
                file.remove();
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "a socket file is left behind: " + e.getMessage(), e);
            }
        }
    }

    /** Stops accepting and closes every connection; requests that are still worked on are interrupted. */
    @Override
    public void close() {
        stopAccepting();
        if (!connections.close().awaitUninterruptibly(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.log(System.Logger.Level.WARNING, "{0} connections did not close", connections.size());
        }
    }

    /** Prepares accepted connections. */
    private final class Arrivals extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            connections.add(channel);
            var deadline = new HeadDeadline(limits.headDeadline(), limits.stall());
            channel.pipeline().addLast(deadline, new ProtocolSniffer(handler, grpc, limits, deadline));
        }
    }
}
