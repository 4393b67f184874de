package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.nio.file.Path;

/** Another process, or another part of this one, uses the store. */
public final class StoreInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String holder;

    /** Says who holds the store at {@code root}; {@code holder} is a process id or empty if it is not known. */
    public StoreInUseException(Path root, String holder) {
        super(root + " is in use by " + (holder.isEmpty() ? "another process" : "process " + holder)
                + "; stop it, or choose another root directory");
        this.holder = holder;
    }

    /** The process id, or empty if the holder had not written it yet. */
    public String holder() {
        return holder;
    }
}
