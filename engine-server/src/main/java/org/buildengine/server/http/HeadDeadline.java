package org.buildengine.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection, without an answer, whose peer does not come to the end of a request's head in time. Counts from
 * the accept, later from the first byte of the next request; an idle connection may stay for longer, but not for ever: the
 * peer may have been stopped.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
final class HeadDeadline extends ChannelInboundHandlerAdapter {
    private final Duration deadline;
    private final Duration idleness;
    private @Nullable Future<?> alarm;
    private @Nullable ChannelHandlerContext context;
    private boolean idle;
    private boolean early;

    HeadDeadline(Duration deadline, Duration idleness) {
        this.deadline = deadline;
        this.idleness = idleness;
    }

    /** The head is there. */
    void met() {
        idle = false;
        stop();
    }

    private void stop() {
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
        if (context != null) {
            arm(context, early ? deadline : idleness);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        arm(ctx, deadline);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        end();
    }

    /** Also an exchange that is over later, because its client vanished, arms nothing that would keep the connection. */
    private void end() {
        met();
        context = null;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        early = true;
        if (idle) {
            idle = false;
            arm(ctx, deadline);
        }
        ctx.fireChannelRead(message);
    }

    private void arm(ChannelHandlerContext ctx, Duration limit) {
        stop();
        alarm = ctx.executor().schedule(() -> ctx.channel().close(), limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        ctx.fireChannelInactive();
    }
}
