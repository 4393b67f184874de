package org.buildengine.server.registry;

import java.io.IOException;

/** A server took a request, or a connection, and let the time pass in which it should have answered. */
final class NoAnswerException extends IOException {
    private static final long serialVersionUID = 1L;

    NoAnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
