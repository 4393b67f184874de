package org.buildengine.server.config;

/** What network executions see. */
public enum NetworkMode {
    /** That of the host. */
    HOST,
    /** None but their own loopback. */
    NONE
}
