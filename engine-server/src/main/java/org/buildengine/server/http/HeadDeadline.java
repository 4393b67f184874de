package org.buildengine.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection, without an answer, whose peer does not come to the end of a request's head in time. Counts from
 * the accept, later from the first byte of the next request; an idle connection may stay.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
final class HeadDeadline extends ChannelInboundHandlerAdapter {
    private final Duration deadline;
    private @Nullable Future<?> alarm;
    private @Nullable ChannelHandlerContext context;
    private boolean idle;
    private boolean early;

    HeadDeadline(Duration deadline) {
        this.deadline = deadline;
    }

    /** The head is there. */
    void met() {
        idle = false;
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
    }

    /** The whole request is there: what comes now is the next one, even before {@link #rest}. */
    void complete() {
        early = false;
    }

    /** The exchange is over; the next byte begins a new head, unless it was faster than our own end of the exchange. */
    void rest() {
        idle = !early;
        if (early && context != null) {
            arm(context);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        arm(ctx);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        met();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        early = true;
        if (idle) {
            idle = false;
            arm(ctx);
        }
        ctx.fireChannelRead(message);
    }

    private void arm(ChannelHandlerContext ctx) {
        met();
        alarm = ctx.executor().schedule(() -> ctx.channel().close(), deadline.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        met();
        ctx.fireChannelInactive();
    }
}
