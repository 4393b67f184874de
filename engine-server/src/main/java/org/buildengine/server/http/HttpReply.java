package org.buildengine.server.http;

import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The answer to a request: complete, streamed, or the hand-over of the connection. */
public sealed interface HttpReply {
    /** Runs on the handler's thread when the reply is out, or can no longer be delivered. Exactly once. */
    Runnable afterwards();

    /** The same reply, with {@code action} run after everything else that was asked for before. */
    HttpReply then(Runnable action);

    /** A complete answer of plain text. */
    static Fixed text(int status, String text) {
        return bytes(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** A complete answer of the given type. */
    static Fixed bytes(int status, String contentType, byte[] body) {
        return new Fixed(status, Map.of("content-type", contentType), ByteBuffer.wrap(body), () -> {});
    }

    /** A complete answer without a body. */
    static Fixed empty(int status) {
        return new Fixed(status, Map.of(), ByteBuffer.allocate(0), () -> {});
    }

    private static Runnable both(Runnable first, Runnable second) {
        return () -> {
            try {
                first.run();
            } finally {
                second.run();
            }
        };
    }

    /**
     * An answer whose body is complete.
     *
     * @param status its status
     * @param headers fields without those that the front door sets itself (length, date, connection)
     * @param body the body, read-only
     * @param afterwards see {@link HttpReply#afterwards()}
     */
    record Fixed(int status, Map<String, String> headers, ByteBuffer body, Runnable afterwards) implements HttpReply {
        /** Copies the fields and guards the body. */
        public Fixed {
            headers = Map.copyOf(headers);
            body = body.asReadOnlyBuffer();
        }

        /** The same with one more field. */
        public Fixed with(String name, String value) {
            var more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Fixed(status, more, body, afterwards);
        }

        @Override
        public Fixed then(Runnable action) {
            return new Fixed(status, headers, body, both(afterwards, action));
        }
    }

    /**
     * An answer whose body is made while it is sent.
     *
     * @param status its status
     * @param headers fields without those that the front door sets itself
     * @param writer makes the body
     * @param afterwards see {@link HttpReply#afterwards()}
     */
    record Streaming(int status, Map<String, String> headers, BodyWriter writer, Runnable afterwards)
            implements HttpReply {
        /** Copies the fields. */
        public Streaming {
            headers = Map.copyOf(headers);
        }

        @Override
        public Streaming then(Runnable action) {
            return new Streaming(status, headers, writer, both(afterwards, action));
        }
    }

    /**
     * Answers {@code 101 Switching Protocols} to h2c and gives the connection away. Only for HTTP/1.
     *
     * @param takeover who takes the connection
     * @param afterwards see {@link HttpReply#afterwards()}; runs when the connection has been taken
     */
    record Handover(Takeover takeover, Runnable afterwards) implements HttpReply {
        @Override
        public Handover then(Runnable action) {
            return new Handover(takeover, both(afterwards, action));
        }
    }

    /** Makes the body of a streamed reply. */
    @FunctionalInterface
    interface BodyWriter {
        /**
         * Writes the body; returning ends it. Runs on the handler's thread, after the head was sent.
         *
         * @throws IOException if the peer is gone
         * @throws InterruptedException if the peer gave the request up
         */
        void write(ReplyStream out) throws IOException, InterruptedException;
    }

    /** Takes a connection over. */
    interface Takeover {
        /**
         * The connection is yours: it has no handlers and does not read on its own. Called on its event loop, at most
         * once, after the 101 was sent.
         */
        void take(Channel channel);

        /** The connection went away before it could be taken; called instead of {@link #take}. */
        void lost();
    }
}
