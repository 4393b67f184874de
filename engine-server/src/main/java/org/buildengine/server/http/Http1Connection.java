package org.buildengine.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1 connection: its requests one after another, pipelined ones in their order. Goes on reading while a request
 * is worked on, so that a peer that goes away is noticed, but keeps no more than a few pipelined messages.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
final class Http1Connection extends ChannelInboundHandlerAdapter {
    private static final int PIPELINED_MESSAGES = 64;

    private final HttpHandler handler;
    private final HttpLimits limits;
    private final HeadDeadline deadline;
    private final ArrayDeque<HttpObject> pending = new ArrayDeque<>();
    private @Nullable Exchange current;
    private boolean receiving;
    private boolean bodyPaused;
    private boolean closing;

    Http1Connection(HttpHandler handler, HttpLimits limits, HeadDeadline deadline) {
        this.handler = handler;
        this.limits = limits;
        this.deadline = deadline;
    }

    /** Whether nothing is being exchanged or waits to be. On the event loop. */
    boolean isIdle() {
        return current == null && pending.isEmpty() && !closing;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (closing || !(message instanceof HttpObject object)) {
            ReferenceCountUtil.release(message);
        } else if (current == null || receiving) {
            dispatch(ctx, object);
        } else {
            pending.add(object);
            tune(ctx);
        }
    }

    private void dispatch(ChannelHandlerContext ctx, HttpObject object) {
        if (object.decoderResult().isFailure()) {
            ReferenceCountUtil.release(object);
            refuse(ctx, object.decoderResult().cause());
        } else if (object instanceof HttpRequest head) {
            begin(ctx, head);
        }
        if (object instanceof HttpContent content && !object.decoderResult().isFailure()) {
            proceed(content);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        deadline.met();
        receiving = true;
        current = new Exchange(
                ctx.channel(),
                Protocol.HTTP_1,
                head,
                handler,
                limits,
                paused -> {
                    bodyPaused = paused;
                    tune(ctx);
                },
                handover -> handOver(ctx, handover),
                ending -> ended(ctx, ending));
        if (Exchange.expectsContinue(head)) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
        }
        current.start();
    }

    private void proceed(HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        receiving &= !last;
        if (last) {
            deadline.complete();
        }
        if (current == null) {
            content.release();
        } else {
            current.offer(content.content(), last);
        }
    }

    private void tune(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(!bodyPaused && pending.size() < PIPELINED_MESSAGES);
    }

    private void refuse(ChannelHandlerContext ctx, Throwable cause) {
        closing = true;
        if (current != null) {
            current.refuseBody(Malformed.body(cause, limits));
            return;
        }
        Malformed malformed = Malformed.head(cause, limits);
        var response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(malformed.status()),
                Unpooled.copiedBuffer(malformed.reason() + "\n", StandardCharsets.UTF_8));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
        ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
    }

    private void ended(ChannelHandlerContext ctx, Exchange.Ending ending) {
        current = null;
        bodyPaused = false;
        if (ending != Exchange.Ending.COMPLETE) {
            closing = true;
            ctx.close();
            return;
        }
        deadline.rest();
        while (!closing && !pending.isEmpty() && (current == null || receiving)) {
            dispatch(ctx, pending.remove());
        }
        tune(ctx);
    }

    private void handOver(ChannelHandlerContext ctx, HttpReply.Handover handover) {
        if (!ctx.channel().isActive() || receiving || !pending.isEmpty()) {
            handover.takeover().lost();
            ctx.close();
            return;
        }
        closing = true;
        ctx.channel().config().setAutoRead(false);
        var head = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS);
        head.headers().set("Connection", HttpHeaderValues.UPGRADE).set("Upgrade", "h2c");
        ctx.writeAndFlush(head).addListener(sent -> {
            if (!sent.isSuccess()) {
                handover.takeover().lost();
                ctx.close();
                return;
            }
            ChannelPipeline pipeline = ctx.pipeline();
            pipeline.remove(this);
            pipeline.remove(HttpServerCodec.class);
            pipeline.remove(H2cUpgrade.class);
            pipeline.remove(deadline);
            handover.takeover().take(ctx.channel());
        });
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closing = true;
        if (current != null) {
            current.cancel();
        }
        pending.forEach(ReferenceCountUtil::release);
        pending.clear();
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
