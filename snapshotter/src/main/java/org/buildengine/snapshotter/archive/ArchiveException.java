package org.buildengine.snapshotter.archive;

import java.io.IOException;

/** An archive is damaged or refused. The message names the entry. */
public final class ArchiveException extends IOException {
    private static final long serialVersionUID = 1L;

    public ArchiveException(String message) {
        super(message);
    }

    public ArchiveException(String message, Throwable cause) {
        super(message, cause);
    }
}
