package org.buildengine.session.tree;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;

/**
 * The calling end of a gRPC stream.
 *
 * @param <I> what the server sends
 * @param <O> what the caller sends
 */
public final class CallStream<I, O> extends BlockingStream<I, O> implements AutoCloseable {
    private final ClientCall<O, I> call;

    private CallStream(ClientCall<O, I> call, Duration patience) {
        super(patience);
        this.call = call;
    }

    /** Starts a call. Closing the stream cancels the call unless it has ended. */
    public static <I, O> CallStream<I, O> start(
            Channel channel, MethodDescriptor<O, I> method, Metadata headers, Duration patience) {
        return start(channel, method, CallOptions.DEFAULT, headers, patience);
    }

    /** Starts a call with options of its own. */
    public static <I, O> CallStream<I, O> start(
            Channel channel, MethodDescriptor<O, I> method, CallOptions options, Metadata headers, Duration patience) {
        ClientCall<O, I> call = channel.newCall(method, options);
        CallStream<I, O> stream = new CallStream<>(call, patience);
        call.start(stream.new Listener(), headers);
        call.request(PREFETCH);
        return stream;
    }

    /** Says that nothing more will be written. */
    public void halfClose() {
        call.halfClose();
    }

    /**
     * Waits until the server has ended the call, dropping what it still sends; its failure is thrown. A server that has not
     * ended the call within the limit fails it with {@link org.buildengine.session.HostException.Reason#TIMEOUT}.
     */
    public void finish(Duration limit) throws IOException, InterruptedException {
        awaitEnd(limit);
    }

    @Override
    public void close() {
        call.cancel("done", null);
    }

    @Override
    boolean transportReady() {
        return call.isReady();
    }

    @Override
    void send(O message) {
        call.sendMessage(message);
    }

    @Override
    void requestMore(int count) {
        call.request(count);
    }

    private final class Listener extends ClientCall.Listener<I> {
        @Override
        public void onMessage(I message) {
            arrived(message);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.isOk()) {
                endedByPeer();
            } else {
                failed(Statuses.toException(status));
            }
        }

        @Override
        public void onReady() {
            becameReady();
        }
    }
}
