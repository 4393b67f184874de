package org.buildengine.session.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * Takes exactly one byte and completes with whatever arrived behind it, which may be the peer's first HTTP/2 frames. Reads
 * only on demand, so that nothing more arrives before the next owner is in place.
 */
final class AckByteHandler extends ChannelInboundHandlerAdapter {
    private final Duration deadline;
    private final CompletableFuture<ByteBuf> acked;
    private @Nullable ByteBuf collected;
    private @Nullable ScheduledFuture<?> timer;
    private boolean scheduled;

    AckByteHandler(Duration deadline, CompletableFuture<ByteBuf> acked) {
        this.deadline = deadline;
        this.acked = acked;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.channel().config().setAutoRead(false);
        timer = context.executor()
                .schedule(
                        () -> fail(
                                context,
                                new HostException(
                                        Reason.TIMEOUT,
                                        "the client did not acknowledge the attachment within " + deadline.toMillis()
                                                + " ms")),
                        deadline.toMillis(),
                        TimeUnit.MILLISECONDS);
        if (!context.channel().isActive()) {
            fail(context, gone(null));
            return;
        }
        context.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf bytes)) {
            // An HTTP decoder's end-of-request marker, left over from the handlers before.
            ReferenceCountUtil.release(message);
            return;
        }
        ByteBuf before = collected;
        if (before == null) {
            collected = bytes;
        } else {
            before.writeBytes(bytes);
            bytes.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        ByteBuf bytes = collected;
        if (bytes == null || !bytes.isReadable()) {
            if (bytes != null) {
                bytes.release();
                collected = null;
            }
            context.read();
            return;
        }
        if (!scheduled) {
            scheduled = true;
            // Not from inside the read loop: the channel is about to leave this event loop.
            context.executor().execute(() -> deliver());
        }
    }

    private void deliver() {
        ByteBuf bytes = collected;
        collected = null;
        stopTimer();
        if (bytes == null) {
            return;
        }
        bytes.skipBytes(1);
        if (!acked.complete(bytes)) {
            bytes.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        fail(context, gone(null));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(context, gone(cause));
    }

    private static HostException gone(@Nullable Throwable cause) {
        String text = "the client went away before it acknowledged the attachment";
        return cause == null ? new HostException(Reason.GONE, text) : new HostException(Reason.GONE, text, cause);
    }

    private void fail(ChannelHandlerContext context, IOException why) {
        stopTimer();
        ByteBuf bytes = collected;
        collected = null;
        if (bytes != null) {
            bytes.release();
        }
        if (acked.completeExceptionally(why)) {
            var _ = context.channel().close();
        }
    }

    private void stopTimer() {
        ScheduledFuture<?> running = timer;
        timer = null;
        if (running != null) {
            running.cancel(false);
        }
    }
}
