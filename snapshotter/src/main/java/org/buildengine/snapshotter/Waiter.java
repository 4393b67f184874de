package org.buildengine.snapshotter;

import org.buildengine.snapshotter.delay.Delays;

/**
 * Somebody who calls in here, as the callers know them: nothing is asked of it, but a {@link Delay} says whose it is. Who calls
 * without having said so is nobody in particular.
 */
public interface Waiter {
    /** Does something; what the thread waits for in here meanwhile is waited for by this one. */
    default <T, X extends Throwable> T calls(ScopedValue.CallableOp<? extends T, X> work) throws X {
        return Delays.of(this, work);
    }
}
