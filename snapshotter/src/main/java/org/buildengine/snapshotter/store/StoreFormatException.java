package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.nio.file.Path;

/** The store was written by a newer version of the engine. It is left as it is. */
public final class StoreFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** Says which format was found and which is the newest that this version can read. */
    public StoreFormatException(Path root, long found, long newest) {
        super(root + " has store format " + found + ", this version of the engine reads formats up to " + newest
                + "; use the engine that wrote it, or another root directory");
    }
}
