package org.buildengine.session.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.TimeUnit;

/** Closes a socket under gRPC's feet, after it had a moment to say goodbye. */
final class HardClose {
    private static final long GRACE_MILLIS = 500;

    private HardClose() {}

    static void soon(Channel channel) {
        if (!channel.isOpen() || channel.eventLoop().isShuttingDown()) {
            return;
        }
        var _ = channel.eventLoop().schedule(() -> now(channel), GRACE_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** On the channel's event loop. */
    static void now(Channel channel) {
        // From the head of the pipeline, because the HTTP/2 handler turns a close from the tail into a graceful one.
        ChannelHandlerContext head = channel.pipeline().firstContext();
        var _ = head == null ? channel.close() : head.close();
    }
}
