package org.buildengine.server.http;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception.StreamException;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Keeps out of the log that a caller went away before it had taken an answer. gRPC warns of it, with the stack, for each call
 * whose answer is longer than the window of its stream: what was handed to the transport by then cannot be taken back, however
 * often one asks whether the call is cancelled. The log's configuration names this class.
 */
public final class GoneCallers implements Filter {
    private static final String LOGGER = "io.grpc.netty.NettyServerHandler";

    @Override
    public boolean isLoggable(LogRecord line) {
        return !(LOGGER.equals(line.getLoggerName())
                && line.getThrown() instanceof StreamException failure
                && failure.error() == Http2Error.STREAM_CLOSED);
    }
}
