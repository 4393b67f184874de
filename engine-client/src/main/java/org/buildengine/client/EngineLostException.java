package org.buildengine.client;

import java.io.IOException;

/** The engine went away before it had answered a request: it was stopped or killed, or the way to it was cut. */
public final class EngineLostException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * Says how to go on.
     *
     * @param cause what the connection said
     */
    public EngineLostException(IOException cause) {
        super(
                "no answer from the engine: " + cause.getMessage()
                        + ". Its log may say why. What it has answered is kept, so the same can be asked again.",
                cause);
    }
}
