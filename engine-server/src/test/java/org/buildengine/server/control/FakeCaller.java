package org.buildengine.server.control;

import io.grpc.stub.ServerCallStreamObserver;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A caller that takes messages only while it is ready, and can go away. */
class FakeCaller<T> extends ServerCallStreamObserver<T> {
    final List<T> taken = new CopyOnWriteArrayList<>();
    private volatile boolean ready = true;
    private volatile boolean cancelled;
    private volatile Runnable whenReady = () -> {};
    private volatile Runnable whenCancelled = () -> {};

    void ready(boolean now) {
        ready = now;
        if (now) {
            whenReady.run();
        }
    }

    void cancel() {
        cancelled = true;
        whenCancelled.run();
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
        whenCancelled = handler;
    }

    @Override
    public void setCompression(String compression) {}

    @Override
    public boolean isReady() {
        return ready;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
        whenReady = handler;
    }

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void onNext(T value) {
        taken.add(value);
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
}
