package org.buildengine.client;

import java.io.IOException;

/** No engine answers at an address. The message says what was tried, why it failed and what to do. */
public final class EngineUnavailableException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * Makes the failure.
     *
     * @param address what was tried
     * @param reason why it failed
     * @param cause the failure of the socket
     */
    public EngineUnavailableException(EngineAddress address, String reason, Throwable cause) {
        super(
                "no engine at " + address + ": " + reason
                        + ". Start one with `engine serve`, or name another one in ENGINE_HOST",
                cause);
    }
}
