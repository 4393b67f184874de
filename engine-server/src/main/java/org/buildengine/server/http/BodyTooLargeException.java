package org.buildengine.server.http;

import java.io.IOException;

/** A request's body is larger than what is taken into memory; answered with status 413. */
public final class BodyTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    /** The limit that was passed, in bytes. */
    public BodyTooLargeException(long limit) {
        super("the body of the request is larger than " + limit + " bytes, the limit of this engine");
    }
}
