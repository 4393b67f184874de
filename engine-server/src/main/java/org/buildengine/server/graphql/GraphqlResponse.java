package org.buildengine.server.graphql;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * What the GraphQL door answers, free of any HTTP library.
 *
 * @param status the HTTP status
 * @param contentType value of the content type header; empty if there is to be none
 * @param headers further headers
 * @param body the complete body, read-only
 */
public record GraphqlResponse(int status, Optional<String> contentType, Map<String, String> headers, ByteBuffer body) {
    public GraphqlResponse {
        headers = Map.copyOf(headers);
        body = body.asReadOnlyBuffer();
    }

    static GraphqlResponse of(int status, String contentType, byte[] body) {
        return new GraphqlResponse(status, Optional.of(contentType), Map.of(), ByteBuffer.wrap(body));
    }

    static GraphqlResponse empty(int status, Map<String, String> headers) {
        return new GraphqlResponse(status, Optional.empty(), headers, ByteBuffer.allocate(0));
    }

    /** The body as UTF-8 text. */
    public String text() {
        return StandardCharsets.UTF_8.decode(body.duplicate()).toString();
    }
}
