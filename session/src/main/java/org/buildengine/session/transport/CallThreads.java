package org.buildengine.session.transport;

import java.time.Duration;
import java.util.concurrent.Executor;

/** Gives every piece of work a virtual thread of its own, and knows when none is left. May be used by any thread. */
final class CallThreads implements Executor {
    private int working;

    @Override
    public void execute(Runnable work) {
        begin();
        Thread.startVirtualThread(() -> {
            try {
                work.run();
            } finally {
                end();
            }
        });
    }

    /** Waits until nothing works; false when that takes longer than the caller has patience. */
    synchronized boolean awaitIdle(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (working > 0) {
            Duration left = Duration.ofNanos(deadline - System.nanoTime());
            if (!left.isPositive()) {
                return false;
            }
            wait(left.toMillis() + 1);
        }
        return true;
    }

    private synchronized void begin() {
        working++;
    }

    private synchronized void end() {
        working--;
        if (working == 0) {
            notifyAll();
        }
    }
}
