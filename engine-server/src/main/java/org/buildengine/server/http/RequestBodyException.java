package org.buildengine.server.http;

import java.io.IOException;

/** A request's body is nothing that this engine takes. */
public final class RequestBodyException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /** One that is answered with {@code status}. */
    RequestBodyException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** The HTTP status of the answer. */
    public int status() {
        return status;
    }
}
