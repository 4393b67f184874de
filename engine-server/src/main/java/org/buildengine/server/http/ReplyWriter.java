package org.buildengine.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sends the reply of one exchange from the handler's thread. At most a window of a streamed body waits in memory: a
 * write counts until it has left through the peer's flow control.
 */
final class ReplyWriter implements ReplyStream {
    private static final int PIECE = 32 * 1024;
    private static final String TIMING = "server-timing";

    private final Channel channel;
    private final Protocol protocol;
    private final boolean old;
    private final boolean headOnly;
    private final int window;
    private final Duration stall;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private int outstanding;
    private @Nullable Throwable failure;

    ReplyWriter(Channel channel, Protocol protocol, HttpRequest head, HttpLimits limits) {
        this.channel = channel;
        this.protocol = protocol;
        this.old = head.protocolVersion().compareTo(HttpVersion.HTTP_1_1) < 0;
        this.headOnly = HttpMethod.HEAD.equals(head.method());
        this.window = limits.window();
        this.stall = limits.stall();
    }

    /**
     * Sends a complete reply and waits until it is out. Says in it how long it took to be made. One that is larger than a
     * window goes in pieces: who is slow may take longer for it than who takes nothing.
     *
     * @param receivedAt when the last byte of the request was there
     */
    void send(HttpReply.Fixed reply, boolean keep, OptionalLong receivedAt) throws IOException, InterruptedException {
        boolean whole = headOnly || reply.body().remaining() <= window;
        HttpResponseStatus status = HttpResponseStatus.valueOf(reply.status());
        HttpResponse response = whole
                ? new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        status,
                        headOnly ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(reply.body()))
                : new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
        describe(response, reply.headers(), keep);
        if (reply.status() >= 200 && reply.status() != 204 && reply.status() != 304) {
            response.headers()
                    .setInt(HttpHeaderNames.CONTENT_LENGTH, reply.body().remaining());
        }
        receivedAt.ifPresent(received -> response.headers().set(TIMING, timing(System.nanoTime() - received)));
        await(channel.writeAndFlush(response));
        if (!whole) {
            write(reply.body());
            await(channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
        }
    }

    private static String timing(long nanos) {
        return String.format(Locale.ROOT, "engine;dur=%.3f", nanos / 1e6);
    }

    /** Sends a streamed reply to its end; says whether the connection can be used again. */
    boolean stream(HttpReply.Streaming reply, boolean keep) throws IOException, InterruptedException {
        boolean chunked = protocol == Protocol.HTTP_1 && !old;
        boolean reusable = keep && !old;
        var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(reply.status()));
        describe(response, reply.headers(), reusable);
        if (chunked) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        await(channel.writeAndFlush(response));
        if (!headOnly) {
            reply.writer().write(this);
        }
        await(channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
        return reusable;
    }

    private void describe(HttpResponse response, Map<String, String> headers, boolean keep) {
        headers.forEach((name, value) -> response.headers().set(name, value));
        response.headers()
                .set(
                        HttpHeaderNames.DATE,
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC)));
        if (protocol == Protocol.HTTP_1 && !keep) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (protocol == Protocol.HTTP_1 && old) {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    private void await(ChannelFuture sent) throws IOException, InterruptedException {
        if (!sent.await(stall.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException("the peer took nothing of its reply for " + stall.toSeconds() + " s");
        }
        if (!sent.isSuccess()) {
            throw new IOException("the reply could not be sent", sent.cause());
        }
    }

    @Override
    public void write(byte[] bytes) throws IOException, InterruptedException {
        write(ByteBuffer.wrap(bytes));
    }

    private void write(ByteBuffer bytes) throws IOException, InterruptedException {
        for (int from = bytes.position(); from < bytes.limit(); from += PIECE) {
            int length = Math.min(PIECE, bytes.limit() - from);
            reserve(length);
            var piece = new DefaultHttpContent(Unpooled.copiedBuffer(bytes.slice(from, length)));
            channel.writeAndFlush(piece).addListener(sent -> release(length, sent.cause()));
        }
    }

    private void reserve(int bytes) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = stall.toNanos();
            while (failure == null && outstanding > 0 && outstanding + bytes > window) {
                if (left <= 0) {
                    throw new IOException("the peer took nothing of its reply for " + stall.toSeconds() + " s");
                }
                left = changed.awaitNanos(left);
            }
            if (failure != null) {
                throw new IOException("the reply cannot be sent any further", failure);
            }
            if (!channel.isActive()) {
                throw new ClosedChannelException();
            }
            outstanding += bytes;
        } finally {
            lock.unlock();
        }
    }

    private void release(int bytes, @Nullable Throwable cause) {
        lock.lock();
        try {
            outstanding -= bytes;
            if (cause != null && failure == null) {
                failure = cause;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
