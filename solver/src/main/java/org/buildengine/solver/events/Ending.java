package org.buildengine.solver.events;

import java.util.Arrays;
import java.util.Optional;

/** How a run ended. */
public enum Ending {
    /** With a result. */
    SUCCEEDED(0),
    /** With a failure. */
    FAILED(1),
    /** Given up. */
    CANCELLED(2);

    /** Part of the format on disk. */
    private final byte code;

    Ending(int code) {
        this.code = (byte) code;
    }

    byte code() {
        return code;
    }

    static Optional<Ending> of(byte code) {
        return Arrays.stream(values()).filter(ending -> ending.code == code).findFirst();
    }
}
