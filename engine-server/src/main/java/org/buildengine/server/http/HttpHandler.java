package org.buildengine.server.http;

/** Answers requests. Called on a virtual thread per request, concurrently. */
@FunctionalInterface
public interface HttpHandler {
    /**
     * The answer to {@code request}. May block. The calling thread is interrupted when the peer resets the request or
     * closes its connection; then nobody waits for an answer any more.
     *
     * @throws InterruptedException if the peer gave the request up
     * @throws Exception answered with status 500 and logged; {@link RequestBodyException} with its own
     */
    HttpReply handle(HttpRequest request) throws Exception;
}
