package org.buildengine.cli;

import java.io.IOException;
import org.buildengine.session.wire.builds.LogPart;

/** A way to print a log. Used by one thread; nothing is flushed. */
interface LogFormat {
    /** Prints the next part. */
    void take(LogPart part) throws IOException;

    /** Prints what it had kept back, when there are no more parts. */
    default void end() throws IOException {}
}
