package org.buildengine.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The streams of one HTTP/2 connection, and their end. Netty closes a stream's channel only when the last frame that waits
 * in it is read; a stream whose reader is paused would never learn that its peer or its connection has gone, and would keep
 * those frames. So streams are closed here when their connection ends, and by {@link #closeAfterReset} when the peer gives
 * them up. Stands last in the connection's pipeline; used on its event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a stream cannot fail
final class OpenStreams extends ChannelInboundHandlerAdapter {
    private final Set<Channel> streams = new HashSet<>();

    /** Takes care of a stream of this connection. */
    static void add(Channel stream) {
        OpenStreams open = stream.parent().pipeline().get(OpenStreams.class);
        open.streams.add(stream);
        stream.closeFuture().addListener(closed -> open.streams.remove(stream));
    }

    /** Closes a stream that was reset by its peer; not at once, for that would answer the reset with another one. */
    static void closeAfterReset(ChannelHandlerContext ctx) {
        ctx.executor().execute(ctx::close);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        List.copyOf(streams).forEach(Channel::close);
        ctx.fireChannelInactive();
    }
}
