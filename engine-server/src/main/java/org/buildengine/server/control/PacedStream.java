package org.buildengine.server.control;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * An answer of many messages that is made no faster than the caller takes it. To be made on the thread of the call, used by one
 * other thread.
 */
final class PacedStream<T> {
    /** How often it is looked whether the caller is still there, should nobody say so. */
    private static final int LOOK_SECONDS = 30;

    private final ServerCallStreamObserver<T> caller;
    private final Semaphore changed = new Semaphore(0);

    PacedStream(ServerCallStreamObserver<T> caller) {
        this.caller = caller;
        caller.setOnReadyHandler(changed::release);
        caller.setOnCancelHandler(changed::release);
    }

    /** Whether somebody still waits for the answer. */
    boolean isWanted() {
        return !caller.isCancelled();
    }

    /** Sends a message when the caller has taken those before; does nothing when it has gone. */
    void send(T message) throws InterruptedException {
        while (!caller.isReady() && isWanted()) {
            if (changed.tryAcquire(LOOK_SECONDS, TimeUnit.SECONDS)) {
                changed.drainPermits();
            }
        }
        if (isWanted()) {
            caller.onNext(message);
        }
    }
}
