package org.buildengine.server.http;

import io.grpc.Status;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.regex.Pattern;

/** Prepares the streams of HTTP/2 connections: gRPC goes to its back end, everything else to the handler. */
@Sharable
final class Http2Streams extends ChannelInitializer<Channel> {
    /** Room of a whole connection, in bytes, beyond the 64 KiB that every connection begins with. */
    static final int CONNECTION_WINDOW = 16 << 20;

    private static final String GRPC = "application/grpc";

    /** How long a call may take: digits and a unit (gRPC over HTTP/2, "Timeout"). Of anything else grpc-java throws, and logs a stack trace. */
    private static final Pattern TIMEOUT = Pattern.compile("[0-9]{1,8}[HMSmun]");

    private static final int STREAM_WINDOW = 1 << 20;
    private static final int MAX_STREAMS = 1000;
    private static final int FRAME_BYTES = 1 << 20;
    private static final int RESETS = 5000;
    private static final int RESETS_SECONDS = 30;
    private static final int SMALL_CONTINUATIONS = 256;
    /** How long streams may go on after our GOAWAY. Whoever closes a connection has waited for its requests before. */
    private static final Duration CLOSING = Duration.ofMillis(200);

    private final HttpHandler handler;
    private final GrpcBackend grpc;
    private final HttpLimits limits;

    Http2Streams(HttpHandler handler, GrpcBackend grpc, HttpLimits limits) {
        this.handler = handler;
        this.grpc = grpc;
        this.limits = limits;
    }

    /** What we tell peers, and what we bear from them. A program may cancel thousands of calls at once. */
    static Http2FrameCodecBuilder tuned(Http2FrameCodecBuilder codec, int headerBytes) {
        return codec.initialSettings(Http2Settings.defaultSettings()
                        .initialWindowSize(STREAM_WINDOW)
                        .maxFrameSize(FRAME_BYTES)
                        .maxHeaderListSize(headerBytes))
                .decoderEnforceMaxSmallContinuationFrames(SMALL_CONTINUATIONS)
                .decoderEnforceMaxRstFramesPerWindow(RESETS, RESETS_SECONDS);
    }

    static Http2FrameCodecBuilder serverCodec(int headerBytes) {
        Http2FrameCodecBuilder codec = tuned(Http2FrameCodecBuilder.forServer(), headerBytes);
        codec.initialSettings().maxConcurrentStreams(MAX_STREAMS);
        return codec.gracefulShutdownTimeoutMillis(CLOSING.toMillis());
    }

    @Override
    protected void initChannel(Channel stream) {
        OpenStreams.add(stream);
        stream.pipeline().addLast(new Dispatcher());
    }

    /** Looks at the first frame of a stream. */
    @SuppressWarnings("FutureReturnValueIgnored") // a write that fails closes its channel, and that is handled
    private final class Dispatcher extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (!(message instanceof Http2HeadersFrame first)) {
                ReferenceCountUtil.release(message);
                return;
            }
            if (first.headers().method() == null || first.headers().path() == null) {
                // RFC 9113, 8.1.1: malformed, a stream error; the codec would take it for trailers and wait
                ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.PROTOCOL_ERROR))
                        .addListener(ChannelFutureListener.CLOSE);
                return;
            }
            CharSequence type = first.headers().get(HttpHeaderNames.CONTENT_TYPE);
            if (type != null && type.toString().startsWith(GRPC)) {
                CharSequence timeout = first.headers().get("grpc-timeout");
                if (timeout != null && !TIMEOUT.matcher(timeout).matches()) {
                    refuseCall(ctx, "grpc-timeout is not up to eight digits and a unit");
                } else {
                    grpc.accept(ctx, (Http2StreamChannel) ctx.channel(), first);
                }
                return;
            }
            ctx.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true), new Http2Exchange(handler, limits));
            ctx.fireChannelRead(message);
            ctx.pipeline().remove(this);
        }

        private static void refuseCall(ChannelHandlerContext ctx, String reason) {
            var trailers = new DefaultHttp2Headers()
                    .status("200")
                    .set(HttpHeaderNames.CONTENT_TYPE, GRPC)
                    .setInt("grpc-status", Status.Code.INTERNAL.value())
                    .set("grpc-message", reason);
            ctx.writeAndFlush(new DefaultHttp2HeadersFrame(trailers, true)).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
