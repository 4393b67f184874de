package org.buildengine.snapshotter.linux;

import java.io.IOException;

/** What people are told of a write through a channel or stream, whose errors say neither where nor what to do. */
public final class WriteFailure {
    private static final String FULL = "No space left on device";
    private static final String HINT =
            "; free some space on the file system of the engine's root directory, or prune the cache";

    private WriteFailure() {}

    /**
     * The same failure with what was being written, and with what helps if its file system is full.
     *
     * @param what e.g. {@code a blob below /var/lib/engine}
     */
    public static IOException explain(String what, IOException cause) {
        String reason = String.valueOf(cause.getMessage());
        return new IOException(what + " could not be written: " + reason + (reason.contains(FULL) ? HINT : ""), cause);
    }
}
