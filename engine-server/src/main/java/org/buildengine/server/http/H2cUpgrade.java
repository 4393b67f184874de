package org.buildengine.server.http;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerUpgradeHandler;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2ServerUpgradeCodec;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.AsciiString;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;

/**
 * Goes over from HTTP/1.1 to HTTP/2 when a request asks for it (RFC 7540, 3.2). The request itself is answered as stream 1.
 * A request with a body that is not small, or behind another one that is still worked on, is answered with HTTP/1.1 instead,
 * as every server may; one whose {@code HTTP2-Settings} cannot be read is refused.
 */
final class H2cUpgrade extends HttpServerUpgradeHandler {
    /** A body is kept in memory until the upgrade, whatever the handler would have done with it. */
    private static final int BODY_BYTES = 64 << 10;

    private static final int SETTING_BYTES = 6;

    private final Http1Connection http1;

    /** An upgrade from {@code source}, which feeds {@code http1}, to {@code handlers} on top of a new codec. */
    H2cUpgrade(
            HttpServerCodec source,
            Http1Connection http1,
            HeadDeadline deadline,
            Supplier<Http2FrameCodec> codec,
            Supplier<List<ChannelHandler>> handlers) {
        super(
                source,
                protocol -> AsciiString.contentEqualsIgnoreCase(Http2CodecUtil.HTTP_UPGRADE_PROTOCOL_NAME, protocol)
                        ? new Upgrade(http1, deadline, codec.get(), handlers.get())
                        : null,
                BODY_BYTES);
        this.http1 = http1;
    }

    @Override
    protected boolean shouldHandleUpgradeRequest(HttpRequest request) {
        return request.decoderResult().isSuccess()
                && http1.isIdle()
                && !HttpUtil.isTransferEncodingChunked(request)
                && HttpUtil.getContentLength(request, 0L) <= BODY_BYTES
                && settings(request).size() == 1;
    }

    private static List<String> settings(HttpRequest request) {
        return request.headers().getAll(Http2CodecUtil.HTTP_UPGRADE_SETTINGS_HEADER);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, HttpObject message, List<Object> out) throws Exception {
        if (message instanceof HttpRequest request && shouldHandleUpgradeRequest(request)) {
            try {
                check(settings(request).getFirst());
            } catch (IllegalArgumentException e) {
                request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException(
                        "the HTTP2-Settings of its upgrade cannot be read (" + e.getMessage() + ")", e)));
            }
        }
        super.decode(ctx, message, out);
    }

    private static void check(String encoded) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(encoded));
        if (bytes.remaining() % SETTING_BYTES != 0) {
            throw new IllegalArgumentException(
                    bytes.remaining() + " bytes are no settings of " + SETTING_BYTES + " bytes each");
        }
        while (bytes.hasRemaining()) {
            var _ = new Http2Settings().put(bytes.getChar(), Long.valueOf(Integer.toUnsignedLong(bytes.getInt())));
        }
    }

    /** The upgrade of one connection. */
    private static final class Upgrade extends Http2ServerUpgradeCodec {
        private final Http1Connection http1;
        private final HeadDeadline deadline;

        Upgrade(Http1Connection http1, HeadDeadline deadline, Http2FrameCodec codec, List<ChannelHandler> handlers) {
            super(codec, handlers.toArray(new ChannelHandler[0]));
            this.http1 = http1;
            this.deadline = deadline;
        }

        @Override
        public void upgradeTo(ChannelHandlerContext ctx, FullHttpRequest request) {
            ctx.pipeline().remove(http1);
            ctx.pipeline().remove(deadline);
            super.upgradeTo(ctx, request);
        }
    }
}
