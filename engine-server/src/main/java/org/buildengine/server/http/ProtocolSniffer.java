package org.buildengine.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tells HTTP/2 from HTTP/1 by the first bytes of a connection and sets up its pipeline. */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
final class ProtocolSniffer extends ByteToMessageDecoder {
    private static final ByteBuf PREFACE =
            Unpooled.unreleasableBuffer(Unpooled.copiedBuffer("PRI * HTTP/2.0\r\n", StandardCharsets.US_ASCII));
    private static final int LINE_BYTES = 64 * 1024;
    /** More than the smallest requests that fit into one read; how many wait is bounded by not reading any further. */
    private static final int PIPELINED_REQUESTS = 8192;

    private final HttpHandler handler;
    private final GrpcBackend grpc;
    private final HttpLimits limits;
    private final HeadDeadline deadline;

    ProtocolSniffer(HttpHandler handler, GrpcBackend grpc, HttpLimits limits, HeadDeadline deadline) {
        this.handler = handler;
        this.grpc = grpc;
        this.limits = limits;
        this.deadline = deadline;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        int known = Math.min(in.readableBytes(), PREFACE.readableBytes());
        if (!ByteBufUtil.equals(PREFACE, 0, in, in.readerIndex(), known)) {
            speakHttp1(ctx.pipeline());
        } else if (known == PREFACE.readableBytes()) {
            speakHttp2(ctx.pipeline());
        } else {
            return;
        }
        ctx.pipeline().remove(this);
    }

    /** A peer that resets its connection before it has said anything is no news. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    private void speakHttp1(ChannelPipeline pipeline) {
        var config = new HttpDecoderConfig()
                .setMaxInitialLineLength(LINE_BYTES)
                .setMaxHeaderSize(limits.headerBytes())
                .setMaxChunkSize(LINE_BYTES);
        var codec = new HttpServerCodec(config, PIPELINED_REQUESTS);
        var connection = new Http1Connection(handler, limits, deadline);
        pipeline.addLast(
                codec, new H2cUpgrade(codec, connection, deadline, this::http2Codec, this::http2Handlers), connection);
    }

    private void speakHttp2(ChannelPipeline pipeline) {
        pipeline.addLast(http2Codec());
        http2Handlers().forEach(pipeline::addLast);
        pipeline.remove(deadline);
    }

    private Http2FrameCodec http2Codec() {
        return Http2Streams.serverCodec(limits.headerBytes()).build();
    }

    private List<ChannelHandler> http2Handlers() {
        return List.of(
                new Http2MultiplexHandler(new Http2Streams(handler, grpc, limits)),
                new ControlFrameLimit(),
                new OpenStreams(limits.stall()),
                new WindowOpener());
    }

    /** Gives the connection as a whole more room than a single stream has. */
    private static final class WindowOpener extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            ctx.channel().writeAndFlush(new DefaultHttp2WindowUpdateFrame(Http2Streams.CONNECTION_WINDOW));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // The codec closes for errors of the protocol itself, and tells the peer which one it was.
            if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) == null) {
                ctx.close();
            }
        }
    }
}
