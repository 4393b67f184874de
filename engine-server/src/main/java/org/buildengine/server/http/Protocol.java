package org.buildengine.server.http;

/** The version of HTTP that a request came with. */
public enum Protocol {
    /** HTTP/1.1, or 1.0. */
    HTTP_1,
    /** HTTP/2 without TLS. */
    HTTP_2
}
