package org.buildengine.server.core.host;

import java.io.IOException;
import org.buildengine.server.DaggerClient;
import org.buildengine.session.attachables.Attachables;

/** Finds what a client attached. */
@FunctionalInterface
public interface Connections {
    /**
     * The connection of {@code client}; waits for one that is about to come, but not for ever.
     *
     * @throws IOException if the client offers none, or it is gone
     */
    Attachables of(DaggerClient client) throws IOException, InterruptedException;
}
