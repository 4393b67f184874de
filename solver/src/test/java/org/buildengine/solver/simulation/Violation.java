package org.buildengine.solver.simulation;

/** Something that must hold did not. */
final class Violation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * A violation.
     *
     * @param invariant which one, such as {@code P2}
     */
    Violation(String invariant, String what) {
        super(invariant + ": " + what);
    }
}
