package org.buildengine.snapshotter.layer;

import java.io.IOException;

/** Says to work that nobody waits for when it may go on. Used by the thread that works. */
public interface Pace {
    /**
     * Returns when the next file may be read and written, which may take a while.
     *
     * @throws java.io.InterruptedIOException if the work is to be given up
     */
    void next() throws IOException;

    /** Whether the work is to be given up; asked within a file, and answered at once. */
    boolean givenUp();
}
