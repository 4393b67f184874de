package org.buildengine.server.http;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import java.time.Duration;

/**
 * Ends a connection whose peer keeps us busy with SETTINGS and PING, each of which we have to answer. Netty bounds only the
 * answers that the peer does not read. Clients of gRPC measure their connection with a ping for every burst of data, so the
 * limit is far above what one sends, and below what delays others on the same event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
final class ControlFrameLimit extends ChannelInboundHandlerAdapter {
    private static final int FRAMES = 5000;
    private static final long WINDOW = Duration.ofSeconds(10).toNanos();

    private long since = System.nanoTime();
    private int count;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof Http2SettingsFrame || message instanceof Http2PingFrame) {
            count(ctx);
        }
        ctx.fireChannelRead(message);
    }

    private void count(ChannelHandlerContext ctx) {
        long now = System.nanoTime();
        if (now - since > WINDOW) {
            since = now;
            count = 0;
        }
        if (++count == FRAMES) {
            ctx.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.ENHANCE_YOUR_CALM))
                    .addListener(ChannelFutureListener.CLOSE);
        }
    }
}
