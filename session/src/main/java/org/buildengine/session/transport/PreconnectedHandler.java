package org.buildengine.session.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.net.ConnectException;
import java.net.SocketAddress;

/** Answers grpc-java's "connect" on a channel that is connected already. */
final class PreconnectedHandler extends HeldTransport {
    PreconnectedHandler(ByteBuf rest) {
        super(rest);
    }

    @Override
    public void connect(
            ChannelHandlerContext context, SocketAddress remote, SocketAddress local, ChannelPromise promise) {
        if (isReleased() || !context.channel().isActive()) {
            promise.setFailure(new ConnectException("the client's connection is gone"));
            return;
        }
        promise.setSuccess();
        release(context);
    }
}
