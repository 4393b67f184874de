package org.buildengine.client.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Connections to one engine, used again when an answer was read to its end. A request that finds none idle opens one, so
 * requests never wait for each other.
 *
 * <p>Thread-safe. The lock is held for bookkeeping only, never while a socket is opened, read, written or closed.
 */
public final class HttpConnections implements AutoCloseable {
    private final Dialer dialer;
    private final Deque<HttpConnection> idle = new ArrayDeque<>();
    private final Set<HttpConnection> open = new HashSet<>();
    private boolean closed;

    /** Opens one more connection. */
    @FunctionalInterface
    public interface Dialer {
        /**
         * Connects.
         *
         * @return a connected channel in blocking mode
         * @throws IOException if nobody answers
         */
        SocketChannel dial() throws IOException;
    }

    /**
     * Makes an empty pool.
     *
     * @param dialer opens connections
     */
    public HttpConnections(Dialer dialer) {
        this.dialer = dialer;
    }

    /**
     * Sends a request and waits for the head of its answer. There is no deadline, since a build may last for hours; another
     * thread ends the wait by {@link Sent#close()} or by closing the pool.
     *
     * @param request the request
     * @param inFlight told of the request once it is sent, so that it can be given up while it waits
     * @return the answer, to be closed by the caller
     * @throws IOException if the engine cannot be reached or ends the connection
     */
    public HttpReply send(HttpRequest request, InFlight inFlight) throws IOException {
        HttpConnection connection = take();
        // Set by whoever ends the exchange: a late cancellation must not close a connection that carries another
        // request.
        AtomicBoolean over = new AtomicBoolean();
        boolean answered = false;
        try {
            request.head().writeTo(connection.out());
            InputStream body = request.body();
            if (request.chunked()) {
                HttpBody.writeChunked(body, connection.out());
            } else {
                HttpBody.writePlain(body, connection.out());
            }
            inFlight.sent(() -> {
                if (over.compareAndSet(false, true)) {
                    discard(connection);
                }
            });
            HttpHead head = HttpHead.read(connection.in());
            while (head.status() == 100) {
                head = HttpHead.read(connection.in());
            }
            HttpReply reply = new HttpReply(head, HttpBody.ofResponse(head, connection.in()), this, connection, over);
            answered = true;
            return reply;
        } finally {
            if (!answered) {
                discard(connection);
            }
        }
    }

    /**
     * The same, for a request that nobody gives up by itself.
     *
     * @param request the request
     * @return the answer, to be closed by the caller
     * @throws IOException if the engine cannot be reached or ends the connection
     */
    public HttpReply send(HttpRequest request) throws IOException {
        return send(request, sent -> {});
    }

    /** Receives the handle of a request that is under way. */
    @FunctionalInterface
    public interface InFlight {
        /** Called once, when the request with its body is written and the wait for the answer begins. */
        void sent(Sent sent);
    }

    /** A request under way; closing it closes its connection, which the engine takes for a cancellation. */
    @FunctionalInterface
    public interface Sent extends AutoCloseable {
        @Override
        void close();
    }

    private HttpConnection take() throws IOException {
        synchronized (this) {
            HttpConnection reused = idle.pollFirst();
            if (reused != null) {
                return reused;
            }
        }
        HttpConnection fresh = new HttpConnection(dialer.dial());
        synchronized (this) {
            if (!closed) {
                open.add(fresh);
                return fresh;
            }
        }
        fresh.close();
        throw new IOException("the session has ended");
    }

    void giveBack(HttpConnection connection) {
        synchronized (this) {
            if (!closed && open.contains(connection)) {
                if (!idle.contains(connection)) {
                    idle.addFirst(connection);
                }
                return;
            }
        }
        connection.close();
    }

    void discard(HttpConnection connection) {
        synchronized (this) {
            open.remove(connection);
            idle.remove(connection);
        }
        connection.close();
    }

    /** Closes every connection, also those in use: who waits on one gets an error. */
    @Override
    public void close() {
        List<HttpConnection> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(open);
            open.clear();
            idle.clear();
        }
        all.forEach(HttpConnection::close);
    }
}
