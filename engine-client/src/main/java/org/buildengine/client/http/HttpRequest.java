package org.buildengine.client.http;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A request to be sent: its head, complete with how the body is delimited, and the body. */
public final class HttpRequest {
    private final HttpHead head;
    private final InputStream body;
    private final boolean chunked;

    private HttpRequest(HttpHead head, InputStream body, boolean chunked) {
        this.head = head;
        this.body = body;
        this.chunked = chunked;
    }

    /**
     * A request with a body that is in memory.
     *
     * @param method the method
     * @param path the path, without a query string
     * @param fields the fields, without those that delimit the body
     * @param body the body, may be empty
     * @return the request
     */
    public static HttpRequest of(String method, String path, List<HttpField> fields, byte[] body) {
        return streaming(method, path, fields, new ByteArrayInputStream(body), Optional.of((long) body.length));
    }

    /**
     * A request whose body is read while it is sent.
     *
     * @param method the method
     * @param path the path, without a query string
     * @param fields the fields, without those that delimit the body
     * @param body the body
     * @param length its length where it is known, else it goes out in chunks
     * @return the request
     */
    public static HttpRequest streaming(
            String method, String path, List<HttpField> fields, InputStream body, Optional<Long> length) {
        List<HttpField> all = new ArrayList<>();
        all.add(new HttpField("Host", "dagger"));
        all.addAll(fields);
        if (length.isEmpty()) {
            all.add(new HttpField("Transfer-Encoding", "chunked"));
        } else if (length.get() > 0 || method.equals("POST")) {
            all.add(new HttpField("Content-Length", Long.toString(length.get())));
        }
        return new HttpRequest(new HttpHead(method + " " + path + " HTTP/1.1", all), body, length.isEmpty());
    }

    HttpHead head() {
        return head;
    }

    InputStream body() {
        return body;
    }

    boolean chunked() {
        return chunked;
    }
}
