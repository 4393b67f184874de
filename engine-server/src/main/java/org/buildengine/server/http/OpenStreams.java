package org.buildengine.server.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The streams of one HTTP/2 connection, and their end. Netty closes a stream's channel only when the last frame that waits
 * in it is read; a stream whose reader is paused would never learn that its peer or its connection has gone, and would keep
 * those frames. So streams are closed here when their connection ends, and by {@link #closeAfterReset} when the peer gives
 * them up. A connection on which there is no stream for a long time can be closed besides. Stands last in the connection's
 * pipeline; used on its event loop only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // closing a stream cannot fail
final class OpenStreams extends ChannelInboundHandlerAdapter {
    private final Set<Channel> streams = new HashSet<>();
    private final Optional<Duration> idle;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> alarm;

    /** Lets the connection stay for as long as its peer likes. */
    OpenStreams() {
        this(Optional.empty());
    }

    /** Closes the connection when there was no stream for so long. */
    OpenStreams(Duration idle) {
        this(Optional.of(idle));
    }

    private OpenStreams(Optional<Duration> idle) {
        this.idle = idle;
    }

    /** Takes care of a stream of this connection. */
    static void add(Channel stream) {
        OpenStreams open = stream.parent().pipeline().get(OpenStreams.class);
        open.streams.add(stream);
        open.stopAlarm();
        stream.closeFuture().addListener(closed -> open.remove(stream));
    }

    private void remove(Channel stream) {
        streams.remove(stream);
        if (streams.isEmpty()) {
            rest();
        }
    }

    private void rest() {
        ChannelHandlerContext here = context;
        if (here != null && idle.isPresent() && here.channel().isActive()) {
            stopAlarm();
            alarm = here.executor()
                    .schedule(() -> here.channel().close(), idle.get().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void stopAlarm() {
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        rest();
    }

    /** Closes a stream that was reset by its peer; not at once, for that would answer the reset with another one. */
    static void closeAfterReset(ChannelHandlerContext ctx) {
        ctx.executor().execute(ctx::close);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        context = null;
        stopAlarm();
        List.copyOf(streams).forEach(Channel::close);
        ctx.fireChannelInactive();
    }
}
