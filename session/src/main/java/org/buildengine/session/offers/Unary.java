package org.buildengine.session.offers;

import io.grpc.stub.StreamObserver;
import java.io.IOException;
import org.buildengine.session.tree.Statuses;

/** Answers a call with one message or a failure. */
final class Unary {
    private Unary() {}

    @FunctionalInterface
    interface Answer<T> {
        T get() throws IOException, InterruptedException;
    }

    static <T> void answer(StreamObserver<T> observer, Answer<T> answer) {
        T message;
        try {
            message = answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            observer.onError(Statuses.toStatus(e).asRuntimeException());
            return;
        } catch (IOException | RuntimeException e) {
            observer.onError(Statuses.toStatus(e).asRuntimeException());
            return;
        }
        observer.onNext(message);
        observer.onCompleted();
    }
}
