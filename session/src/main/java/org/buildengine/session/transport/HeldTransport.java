package org.buildengine.session.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;

/**
 * Stands first in the pipeline of a connected channel that changes its owner. Between the two registrations the socket must
 * not be touched, but gRPC's handlers see an active channel and write at once: flushes and reads are kept until
 * {@link #release}, which also replays what was read before the change. A channel that is closed between the registrations
 * fires no event and keeps its handlers; what was read is dropped then too.
 */
abstract class HeldTransport extends ChannelDuplexHandler {
    private final ByteBuf rest;
    private boolean released;
    private boolean flushWanted;
    private boolean readWanted;

    HeldTransport(ByteBuf rest) {
        this.rest = rest;
    }

    /** The channel is registered again and the new owner's handlers are in place. On the event loop. */
    final void release(ChannelHandlerContext context) {
        if (released) {
            return;
        }
        released = true;
        context.fireChannelActive();
        if (rest.isReadable()) {
            context.fireChannelRead(rest);
            context.fireChannelReadComplete();
        } else {
            rest.release();
        }
        if (flushWanted) {
            context.flush();
        }
        if (readWanted) {
            context.read();
        }
        context.channel().config().setAutoRead(true);
        context.pipeline().remove(this);
    }

    final boolean isReleased() {
        return released;
    }

    @Override
    public void flush(ChannelHandlerContext context) {
        if (released) {
            context.flush();
        } else {
            flushWanted = true;
        }
    }

    @Override
    public void read(ChannelHandlerContext context) {
        if (released) {
            context.read();
        } else {
            readWanted = true;
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        var _ = context.channel().closeFuture().addListener(_ -> drop());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        drop();
    }

    private void drop() {
        if (!released) {
            released = true;
            rest.release();
        }
    }
}
