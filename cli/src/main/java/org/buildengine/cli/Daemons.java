package org.buildengine.cli;

import java.io.IOException;
import org.buildengine.server.Server;
import org.buildengine.server.config.EngineConfig;

/** Starts the engine in this virtual machine. */
@FunctionalInterface
interface Daemons {
    /**
     * Starts an engine that listens when this returns.
     *
     * @param config what it is told
     * @return the running engine
     * @throws IOException if an address, the store or the OCI runtime cannot be had
     */
    Server start(EngineConfig config) throws IOException;

    /** The engine of this distribution. */
    static Daemons here() {
        return Server::start;
    }
}
