package org.buildengine.server.config;

/** What network executions see. */
public enum NetworkMode {
    /** A bridge where one works, else that of the host. */
    AUTO,
    /** A namespace for each, on a bridge of the daemon's own. */
    BRIDGE,
    /** That of the host. */
    HOST,
    /** None but their own loopback. */
    NONE
}
