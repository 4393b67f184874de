package org.buildengine.snapshotter.store;

import java.io.IOException;

/** What is on the disk is not what the store wrote. It is noted, and the next opening saves what can be read. */
final class DamagedStoreException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
