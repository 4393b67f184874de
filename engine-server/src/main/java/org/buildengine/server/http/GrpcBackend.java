package org.buildengine.server.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2StreamChannel;

/** Where HTTP/2 streams go whose content type is that of gRPC. */
@FunctionalInterface
public interface GrpcBackend {
    /**
     * Takes a stream over. On the stream's event loop; must not block.
     *
     * @param dispatcher the handler that read the first frame; the back end replaces it by its own
     * @param stream the stream, with nothing else in its pipeline
     * @param first its headers, taken over
     */
    void accept(ChannelHandlerContext dispatcher, Http2StreamChannel stream, Http2HeadersFrame first);
}
