package org.buildengine.server.exec;

import java.util.Optional;

/**
 * Lets a cancellation end an execution wherever it is: waits are interrupted, a container is killed. Once it is shielded,
 * clean-up runs undisturbed. Safe for several threads.
 */
final class CancelGuard {
    private final Thread runner = Thread.currentThread();
    private boolean shielded;
    private boolean cancelled;
    private Optional<Runnable> kill = Optional.empty();

    /** The cancellation. */
    void cancel() {
        Optional<Runnable> toKill;
        synchronized (this) {
            cancelled = true;
            if (!shielded) {
                runner.interrupt();
            }
            toKill = kill;
        }
        toKill.ifPresent(Runnable::run);
    }

    /** From now on a cancellation does this too; at once if there was one already. */
    void killBy(Runnable action) {
        boolean now;
        synchronized (this) {
            kill = Optional.of(action);
            now = cancelled;
        }
        if (now) {
            action.run();
        }
    }

    /** From now on nothing interrupts the runner, which calls this. */
    synchronized void shield() {
        shielded = true;
        boolean _ = Thread.interrupted();
    }
}
