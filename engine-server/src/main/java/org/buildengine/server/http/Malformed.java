package org.buildengine.server.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;

/**
 * What is answered to bytes that are no HTTP/1 request.
 *
 * @param status the HTTP status
 * @param reason what is wrong, for a person
 */
record Malformed(int status, String reason) {
    /** Of what should have begun a request. */
    static Malformed head(Throwable cause, HttpLimits limits) {
        return switch (cause) {
            case TooLongHttpHeaderException _ ->
                new Malformed(431, "the header of the request is larger than " + limits.headerBytes() + " bytes");
            case TooLongHttpLineException _ -> new Malformed(414, "the first line of the request is too long");
            default -> new Malformed(400, "this is not HTTP: " + cause.getMessage());
        };
    }

    /** Of what should have been more of a request's body. */
    static Malformed body(Throwable cause, HttpLimits limits) {
        return switch (cause) {
            case TooLongHttpHeaderException _ ->
                new Malformed(431, "the trailer of the request is larger than " + limits.headerBytes() + " bytes");
            case TooLongHttpLineException _ ->
                new Malformed(400, "a chunk of the request begins with a line that is too long");
            default -> new Malformed(400, "the body of the request is not in chunks, as its header says that it is");
        };
    }
}
