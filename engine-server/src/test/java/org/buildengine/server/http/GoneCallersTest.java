package org.buildengine.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

/** Which lines are kept out of the log; that a caller who goes away causes such a line is seen from outside. */
class GoneCallersTest {
    private static final String TRANSPORT = "io.grpc.netty.NettyServerHandler";

    private static boolean isLogged(String logger, Throwable failure) {
        var line = new LogRecord(Level.WARNING, "Stream Error");
        line.setLoggerName(logger);
        line.setThrown(failure);
        return new GoneCallers().isLoggable(line);
    }

    private static Http2Exception failure(Http2Error error) {
        return Http2Exception.streamError(3, error, "Stream closed before write could take place");
    }

    @Test
    void onlyTheEndOfAStreamThatItsCallerClosedIsKeptOut() {
        assertThat(isLogged(TRANSPORT, failure(Http2Error.STREAM_CLOSED))).isFalse();
        assertThat(isLogged(TRANSPORT, failure(Http2Error.FLOW_CONTROL_ERROR))).isTrue();
        assertThat(isLogged(TRANSPORT, new IllegalStateException())).isTrue();
        assertThat(isLogged("io.grpc.netty.NettyClientHandler", failure(Http2Error.STREAM_CLOSED)))
                .isTrue();
    }
}
