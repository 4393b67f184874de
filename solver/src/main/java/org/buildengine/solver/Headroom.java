package org.buildengine.solver;

import java.util.Optional;

/**
 * Whether there is room on the machine for one more execution beside those that run. Safe for use by several threads; asked before
 * each execution, so it answers at once.
 */
public interface Headroom {
    /** There always is. */
    Headroom AMPLE = new Headroom() {
        @Override
        public Optional<String> shortage() {
            return Optional.empty();
        }

        @Override
        public void whenItMayHaveChanged(Runnable action) {
            action.run();
        }
    };

    /** What is short, for people; empty if nothing is. */
    Optional<String> shortage();

    /** Calls {@code action} (quick, once) a moment later, on any thread. */
    void whenItMayHaveChanged(Runnable action);
}
