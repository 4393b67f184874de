package org.buildengine.server.http;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/** One stream of an HTTP/2 connection that carries an ordinary request. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
final class Http2Exchange extends ChannelInboundHandlerAdapter {
    private final HttpHandler handler;
    private final HttpLimits limits;
    private @Nullable Exchange exchange;

    Http2Exchange(HttpHandler handler, HttpLimits limits) {
        this.handler = handler;
        this.limits = limits;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest head && exchange == null) {
            begin(ctx, head);
        }
        if (message instanceof HttpContent content && exchange != null) {
            exchange.offer(content.content(), message instanceof LastHttpContent);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        var begun = new Exchange(
                ctx.channel(),
                Protocol.HTTP_2,
                head,
                handler,
                limits,
                paused -> ctx.channel().config().setAutoRead(!paused),
                handover -> handover.takeover().lost(),
                ending -> ended(ctx, ending));
        exchange = begun;
        if (Exchange.expectsContinue(head)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
        begun.start();
    }

    private static void ended(ChannelHandlerContext ctx, Exchange.Ending ending) {
        if (ending == Exchange.Ending.REPLIED) {
            reset(ctx, Http2Error.NO_ERROR);
        } else if (ending == Exchange.Ending.BROKEN && ctx.channel().isActive()) {
            reset(ctx, Http2Error.INTERNAL_ERROR);
        }
    }

    private static void reset(ChannelHandlerContext ctx, Http2Error error) {
        ctx.writeAndFlush(new DefaultHttp2ResetFrame(error)).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Http2ResetFrame) {
            cancel();
            OpenStreams.closeAfterReset(ctx);
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancel();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        cancel();
        ctx.close();
    }

    private void cancel() {
        if (exchange != null) {
            exchange.cancel();
        }
    }
}
