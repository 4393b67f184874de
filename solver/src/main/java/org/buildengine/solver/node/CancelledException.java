package org.buildengine.solver.node;

/** The node lost its last demand. */
final class CancelledException extends Exception {
    private static final long serialVersionUID = 1L;

    CancelledException() {
        super("cancelled", null, false, false);
    }
}
