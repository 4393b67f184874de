package org.buildengine.server.http;

/**
 * One request, as a handler sees it.
 *
 * @param method e.g. {@code GET}
 * @param target path and query as sent
 * @param protocol how it came
 * @param fields its header fields; those that begin with a colon in HTTP/2 are left out
 * @param body its body, which arrives while it is read
 */
public record HttpRequest(String method, String target, Protocol protocol, HttpFields fields, RequestBody body) {
    /** The target without its query. */
    public String path() {
        int end = target.indexOf('?');
        return end < 0 ? target : target.substring(0, end);
    }
}
