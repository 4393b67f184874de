package org.buildengine.server.graphql;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One HTTP request for the GraphQL door, free of any HTTP library.
 *
 * @param method the HTTP method, e.g. {@code POST}
 * @param target path and query as sent, e.g. {@code /query?query=...}
 * @param headers header fields by name, in any case; of repeated ones the values joined by a comma
 * @param body the body, complete; read through a duplicate, so that its position does not move
 */
public record GraphqlRequest(String method, String target, Map<String, String> headers, ByteBuffer body) {
    public GraphqlRequest {
        var sorted = new TreeMap<String, String>();
        headers.forEach((name, value) -> sorted.put(name.toLowerCase(Locale.ROOT), value));
        headers = Collections.unmodifiableMap(sorted);
    }

    /** A header field by its lower-case name; empty if absent or blank. */
    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name)).filter(value -> !value.isBlank());
    }

    /** The target without its query. */
    public String path() {
        int end = target.indexOf('?');
        return end < 0 ? target : target.substring(0, end);
    }

    /** What stands behind the first question mark of the target, undecoded; empty text if there is none. */
    public String queryString() {
        int end = target.indexOf('?');
        return end < 0 ? "" : target.substring(end + 1);
    }

    /** The body as a copy. */
    public byte[] bodyBytes() {
        var bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        return bytes;
    }
}
