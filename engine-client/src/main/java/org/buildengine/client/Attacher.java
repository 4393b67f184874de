package org.buildengine.client;

import java.io.IOException;
import org.buildengine.session.ClientMetadata;

/**
 * Offers this machine's files to the engine for the life of a session. The engine calls back over a connection of its own,
 * whose protocol is the session module's.
 */
@FunctionalInterface
public interface Attacher {
    /**
     * Connects and waits until the engine took the offer.
     *
     * @param address the engine
     * @param identity who offers
     * @return ends the offer when closed
     * @throws IOException if the engine cannot be reached or refuses; the message has its reason
     */
    Attachment attach(EngineAddress address, ClientMetadata identity) throws IOException;

    /** An accepted offer. */
    @FunctionalInterface
    interface Attachment extends AutoCloseable {
        @Override
        void close();
    }

    /** Offers nothing: queries that need nothing of this machine work all the same. */
    static Attacher none() {
        return (address, identity) -> () -> {};
    }
}
