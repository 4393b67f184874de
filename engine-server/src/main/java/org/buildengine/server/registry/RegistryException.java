package org.buildengine.server.registry;

import java.io.IOException;

/** A registry refused a request, or answered it with something that cannot be used. */
public final class RegistryException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    RegistryException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** The HTTP status of the answer; 200 if its content was the trouble. */
    public int status() {
        return status;
    }

    boolean worthAnotherTry() {
        return status >= 500 || status == 429 || status == 408;
    }
}
