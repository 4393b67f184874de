package org.buildengine.solver.evidence;

/** How a step ended that did run. Codes are part of the format on disk. */
public enum Outcome {
    /** Nothing is known: it still runs, or the engine died. */
    UNKNOWN,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    /** The build left it, and it went on for another one. */
    LEFT
}
