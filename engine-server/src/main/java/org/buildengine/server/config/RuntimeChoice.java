package org.buildengine.server.config;

/** Which program runs containers. */
public enum RuntimeChoice {
    /** The fastest that is found to work. */
    AUTO,
    /** crun, or nothing. */
    CRUN,
    /** runc, or nothing. */
    RUNC
}
