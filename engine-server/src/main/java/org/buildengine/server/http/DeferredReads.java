package org.buildengine.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;

/**
 * Delivers what is read from a task of its own. An in-process channel whose peer is on the same event loop delivers
 * inside the peer's flush; HTTP/2 stream channels that are entered again while they drain their queue let newer frames
 * overtake older ones, silently. Must stand first in the pipeline of the dialling end.
 */
final class DeferredReads extends ChannelInboundHandlerAdapter {
    private final ArrayDeque<Object> queue = new ArrayDeque<>();
    private boolean due;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        queue.add(message);
        if (!due) {
            due = true;
            ctx.executor().execute(() -> deliver(ctx));
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!due) {
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        deliver(ctx);
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        queue.forEach(ReferenceCountUtil::release);
        queue.clear();
    }

    private void deliver(ChannelHandlerContext ctx) {
        due = false;
        for (Object message = queue.poll(); message != null; message = queue.poll()) {
            ctx.fireChannelRead(message);
        }
        ctx.fireChannelReadComplete();
    }
}
