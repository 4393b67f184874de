package org.buildengine.session.tree;

import java.io.IOException;
import java.util.Optional;

/**
 * A two-way stream of messages with back-pressure both ways. Reading and writing may happen on different threads, and
 * several threads may write.
 *
 * @param <I> what comes in
 * @param <O> what goes out
 */
public interface MessageStream<I, O> {
    /**
     * Waits for the next message.
     *
     * @return the message; empty when the peer has ended its side without an error
     * @throws IOException a {@link org.buildengine.session.HostException} if the peer failed, is gone or stays silent too long
     */
    Optional<I> read() throws IOException, InterruptedException;

    /** Waits until the transport takes another message, then hands it over. */
    void write(O message) throws IOException, InterruptedException;

    /** Hands a small message over without waiting; only for messages whose number is bounded otherwise. */
    void writeNow(O message) throws IOException;
}
