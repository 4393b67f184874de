package org.buildengine.session.tree;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * The answering end of a gRPC stream: each call runs a blocking {@link Answer} on a virtual thread of its own and ends with
 * what that returns or throws. A cancelled call interrupts the thread.
 *
 * @param <I> what the caller sends
 * @param <O> what is answered
 */
public final class ServedStream<I, O> extends BlockingStream<I, O> {
    private final ServerCall<I, O> call;
    /** Guarded by the lock that is held around {@link #send}; several threads may write. */
    private boolean headersSent;

    private ServedStream(ServerCall<I, O> call, Duration patience) {
        super(patience);
        this.call = call;
    }

    /**
     * What a method does.
     *
     * @param <I> what the caller sends
     * @param <O> what is answered
     */
    @FunctionalInterface
    public interface Answer<I, O> {
        /** Serves one call; a normal return ends it with OK. */
        void answer(MessageStream<I, O> stream, Metadata headers) throws IOException, InterruptedException;
    }

    /** A handler that serves each call with {@code answer}. */
    public static <I, O> ServerCallHandler<I, O> handler(Duration patience, Answer<I, O> answer) {
        return (call, headers) -> {
            ServedStream<I, O> stream = new ServedStream<>(call, patience);
            call.request(PREFETCH);
            Thread worker = Thread.ofVirtual()
                    .name(call.getMethodDescriptor().getFullMethodName())
                    .unstarted(() -> stream.run(answer, headers));
            worker.start();
            return stream.new Listener(worker);
        };
    }

    private void run(Answer<I, O> answer, Metadata headers) {
        Status status;
        try {
            answer.answer(this, headers);
            status = Status.OK;
        } catch (IOException | InterruptedException | RuntimeException e) {
            status = Statuses.toStatus(e);
        }
        if (!call.isCancelled()) {
            try {
                call.close(status, new Metadata());
            } catch (IllegalStateException alreadyClosed) {
                // The caller cancelled between the question and the answer; nobody is left to tell.
                failed(new HostException(Reason.GONE, "the call was cancelled", alreadyClosed));
            }
        }
    }

    @Override
    boolean transportReady() {
        return call.isReady();
    }

    @Override
    void send(O message) {
        // With the first message and not before, so that an answer without messages is trailers alone.
        if (!headersSent) {
            headersSent = true;
            call.sendHeaders(new Metadata());
        }
        call.sendMessage(message);
    }

    @Override
    void requestMore(int count) {
        call.request(count);
    }

    private final class Listener extends ServerCall.Listener<I> {
        private final Thread worker;

        Listener(Thread worker) {
            this.worker = worker;
        }

        @Override
        public void onMessage(I message) {
            arrived(message);
        }

        @Override
        public void onHalfClose() {
            endedByPeer();
        }

        @Override
        public void onCancel() {
            failed(new HostException(Reason.GONE, "the caller cancelled"));
            worker.interrupt();
        }

        @Override
        public void onReady() {
            becameReady();
        }
    }
}
