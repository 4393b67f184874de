package org.buildengine.solver.evidence;

/** How it was found out that a step need not run. Codes are part of the format on disk. */
public enum Lookup {
    /** The same step was asked for before. */
    RECIPE,
    /** The same operation was applied to the same inputs. */
    PRODUCER,
    /** The same operation was applied to inputs of which it reads the same contents. */
    CONTENT,
    /** It was running already, as a step of other origin with the same inputs. */
    JOINED,
    /** Nobody looked: the result of a later step was remembered. */
    NEEDED_BY_REMEMBERED
}
