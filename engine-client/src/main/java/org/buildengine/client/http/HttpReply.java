package org.buildengine.client.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An answer whose body is still on its way. Close it in every case: a body read to its end gives the connection back, any
 * other closes it, which is how a request is given up. One thread reads; any thread may close.
 */
public final class HttpReply implements AutoCloseable {
    private final HttpHead head;
    private final HttpBody body;
    private final HttpConnections pool;
    private final HttpConnection connection;

    /** Closing twice must not give the connection back twice: somebody else may be using it by then. */
    private final AtomicBoolean over;

    HttpReply(HttpHead head, HttpBody body, HttpConnections pool, HttpConnection connection, AtomicBoolean over) {
        this.head = head;
        this.body = body;
        this.pool = pool;
        this.connection = connection;
        this.over = over;
    }

    /** The head of the answer. */
    public HttpHead head() {
        return head;
    }

    /** The body. */
    public HttpBody body() {
        return body;
    }

    /**
     * Reads the whole body as text.
     *
     * @return the text
     * @throws IOException if the connection fails first
     */
    public String text() throws IOException {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        if (!over.compareAndSet(false, true)) {
            return;
        }
        if (body.ended() && !body.untilClose() && !head.lists("Connection", "close")) {
            pool.giveBack(connection);
        } else {
            pool.discard(connection);
        }
    }
}
