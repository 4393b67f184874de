package org.buildengine.session.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.net.ConnectException;
import java.net.SocketAddress;

/**
 * Sits first in the pipeline while grpc-java "connects" a channel that is connected already: answers the connect, replays
 * the bytes that were read before, and goes.
 */
final class PreconnectedHandler extends ChannelDuplexHandler {
    private final ByteBuf rest;
    private boolean done;

    PreconnectedHandler(ByteBuf rest) {
        this.rest = rest;
    }

    @Override
    public void connect(
            ChannelHandlerContext context, SocketAddress remote, SocketAddress local, ChannelPromise promise) {
        if (!context.channel().isActive()) {
            promise.setFailure(new ConnectException("the client's connection is gone"));
            return;
        }
        done = true;
        promise.setSuccess();
        context.fireChannelActive();
        replay(context, rest);
        context.channel().config().setAutoRead(true);
        context.pipeline().remove(this);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (!done) {
            done = true;
            rest.release();
        }
    }

    static void replay(ChannelHandlerContext context, ByteBuf rest) {
        if (rest.isReadable()) {
            context.fireChannelRead(rest);
            context.fireChannelReadComplete();
        } else {
            rest.release();
        }
    }
}
