package org.buildengine.server.network;

import java.io.IOException;

/** A way for executions to reach the network. Safe for several threads. */
public sealed interface Network extends AutoCloseable permits BridgeNetwork, HostNetwork, NoNetwork {
    /** What an execution may do to its namespace. */
    enum Rights {
        /** Use it. */
        USUAL,
        /** Change it: links, addresses, routes, filters, settings. */
        ALL
    }

    /** Its name in settings. */
    String name();

    /** Whether an execution gets a network namespace of its own. */
    boolean ownNamespace();

    /**
     * A place for one execution. Waits while there is none.
     *
     * @param rights what the execution may do to its namespace
     * @throws IOException if there is none in time, or none can be made; the message says what to do
     */
    Endpoint join(Rights rights) throws IOException, InterruptedException;

    /** Removes whatever the network put on the host. All places must have been given back. */
    @Override
    default void close() throws IOException {}
}
