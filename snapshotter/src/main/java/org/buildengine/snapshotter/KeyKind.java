package org.buildengine.snapshotter;

/** The directed levels of identity under which a result is found again. */
public enum KeyKind {
    /** What was asked for; points to the newest result. */
    RECIPE,
    /** The operation over its inputs' identities; the first result stays. */
    PRODUCER,
    /** The operation over its inputs' contents; the first result stays. */
    CONTENT
}
