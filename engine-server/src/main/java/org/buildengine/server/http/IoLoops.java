package org.buildengine.server.http;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The event loops of the front door: epoll where the native library works, else the JDK's selectors. */
public final class IoLoops implements AutoCloseable {
    private static final Duration STOP = Duration.ofSeconds(5);
    private final EventLoopGroup group;
    private final boolean epoll;

    private IoLoops(boolean epoll) {
        this.epoll = epoll;
        int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4);
        this.group = new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory("http-loop", true),
                PairedIoHandler.factory(epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory()));
    }

    /** Loops of the best kind that works here. */
    public static IoLoops best() {
        return new IoLoops(Epoll.isAvailable());
    }

    /** Loops on the JDK's selectors. */
    static IoLoops nio() {
        return new IoLoops(false);
    }

    EventLoopGroup group() {
        return group;
    }

    Class<? extends ServerChannel> tcp() {
        return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    Class<? extends ServerChannel> unix() {
        return epoll ? EpollServerDomainSocketChannel.class : NioServerDomainSocketChannel.class;
    }

    SocketAddress unixAddress(Path path) {
        return epoll ? new DomainSocketAddress(path.toString()) : UnixDomainSocketAddress.of(path);
    }

    /** Runs {@code task} on a loop again and again, until the loops end. It must not block and must not fail. */
    @SuppressWarnings("FutureReturnValueIgnored") // ends with the loops
    public void every(Duration period, Runnable task) {
        group.scheduleWithFixedDelay(task, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Ends the loops; waits for at most five seconds. */
    @Override
    public void close() {
        boolean ended = group.shutdownGracefully(0, STOP.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(STOP.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
            System.getLogger(IoLoops.class.getName())
                    .log(System.Logger.Level.WARNING, "event loops did not end within {0} s", STOP.toSeconds());
        }
    }
}
