package org.buildengine.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One end of a relay of HTTP/2 frames between two streams. An end reads only while the other can be written, so that
 * flow control reaches through. A reset, or an end without one, is passed on as a reset; an end that was reset is closed,
 * with what waits in it.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
final class StreamRelay extends ChannelInboundHandlerAdapter {
    /** Whether nobody needs what comes back when this end is gone. */
    private final boolean asks;

    private final ArrayDeque<Object> early = new ArrayDeque<>();
    private @Nullable Channel peer;
    private boolean ended;
    private boolean refused;

    private StreamRelay(boolean asks) {
        this.asks = asks;
    }

    /** The end of a relay that receives {@code in}, and keeps what comes until the other end is there. */
    static StreamRelay receive(ChannelHandlerContext dispatcher, Http2StreamChannel in, Http2HeadersFrame first) {
        var front = new StreamRelay(true);
        front.early.add(first);
        in.pipeline().replace(dispatcher.handler(), "relay", front);
        return front;
    }

    /** Opens the other end, a new stream of {@code backend}; both connections must be on the same event loop. */
    void open(Http2StreamChannel in, Channel backend) {
        var back = new StreamRelay(false);
        new Http2StreamChannelBootstrap(backend)
                .option(ChannelOption.AUTO_READ, false)
                .handler(back)
                .open()
                .addListener(opened -> {
                    if (!opened.isSuccess()) {
                        refuse(in);
                        return;
                    }
                    var out = (Http2StreamChannel) opened.getNow();
                    if (!in.isActive()) {
                        out.close();
                        return;
                    }
                    OpenStreams.add(out);
                    back.peer = in;
                    join(out);
                    in.read();
                    out.read();
                });
    }

    private void join(Channel out) {
        peer = out;
        for (Object frame = early.poll(); frame != null; frame = early.poll()) {
            forward(out, frame);
        }
        out.flush();
    }

    /** There is no other end: the peer may try again. */
    void refuse(Channel in) {
        refused = true;
        in.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM))
                .addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
        if (refused) {
            ReferenceCountUtil.release(frame);
        } else if (peer == null) {
            early.add(frame);
        } else {
            forward(peer, frame);
        }
    }

    private void forward(Channel to, Object frame) {
        switch (frame) {
            case Http2HeadersFrame headers -> {
                ended |= headers.isEndStream();
                to.write(new DefaultHttp2HeadersFrame(headers.headers(), headers.isEndStream()));
            }
            case Http2DataFrame data -> {
                ended |= data.isEndStream();
                to.write(new DefaultHttp2DataFrame(data.content(), data.isEndStream()));
            }
            default -> ReferenceCountUtil.release(frame);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (peer != null) {
            peer.flush();
            if (peer.isWritable()) {
                ctx.read();
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (peer != null && ctx.channel().isWritable()) {
            peer.read();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame reset) {
            resetPeer(reset.errorCode());
            OpenStreams.closeAfterReset(ctx);
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (asks || !ended) {
            resetPeer(Http2Error.CANCEL.code());
        }
    }

    private void resetPeer(long errorCode) {
        ended = true;
        if (peer != null && peer.isActive()) {
            peer.writeAndFlush(new DefaultHttp2ResetFrame(errorCode)).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
