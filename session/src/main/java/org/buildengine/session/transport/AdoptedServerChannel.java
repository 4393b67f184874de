package org.buildengine.session.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractServerChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A listener that listens to nothing: it "accepts" the channels it is given. So the side that dialled can serve gRPC on its
 * connection, on any kind of event loop.
 */
final class AdoptedServerChannel extends AbstractServerChannel {
    private final ChannelConfig config = new DefaultChannelConfig(this);
    private volatile boolean open = true;
    private volatile @Nullable SocketAddress address;

    /** Passes the channel on as accepted; {@code rest} is what was read of it already. */
    void adopt(Channel channel, ByteBuf rest) {
        channel.eventLoop().execute(() -> {
            var _ = channel.deregister().addListener(done -> {
                channel.pipeline().addFirst(new Replay(rest));
                eventLoop().execute(() -> {
                    pipeline().fireChannelRead(channel);
                    pipeline().fireChannelReadComplete();
                });
            });
        });
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        return address;
    }

    @Override
    protected void doBind(SocketAddress localAddress) {
        address = localAddress;
    }

    @Override
    protected void doClose() {
        open = false;
    }

    @Override
    protected void doBeginRead() {
        // Nothing is ever accepted by itself.
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open && address != null;
    }

    /** Lets the new owner have the socket when it is registered again. */
    private static final class Replay extends HeldTransport {
        private boolean started;

        Replay(ByteBuf rest) {
            super(rest);
        }

        @Override
        public void channelRegistered(ChannelHandlerContext context) {
            context.fireChannelRegistered();
            if (!started) {
                // Once: a ChannelInitializer behind this one fires the event again.
                started = true;
                context.executor().execute(() -> release(context));
            }
        }
    }
}
