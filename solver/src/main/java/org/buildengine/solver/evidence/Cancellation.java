package org.buildengine.solver.evidence;

/** Why a step was cancelled. Codes are part of the format on disk. */
public enum Cancellation {
    /** Written by an engine that did not say why. */
    UNKNOWN,
    /** Whoever asked for it needed it no more, since another step failed, for example; the build went on. */
    NOT_NEEDED,
    /** The client ended the session. */
    CLIENT_ENDED,
    /** The client gave the request up, or left: the connection or stream of the request was closed. */
    CLIENT_LEFT,
    /** The client was connected, but did not answer within its deadline. */
    CLIENT_SILENT,
    /** The engine was stopped. */
    ENGINE_STOPPED,
    /** The engine died while the step ran. Nobody could write that down: the next one finds it out. */
    ENGINE_DIED
}
