package org.buildengine.server.http;

import java.io.IOException;

/** Where the body of a streamed reply goes. For one thread. */
public interface ReplyStream {
    /**
     * Sends {@code bytes} as soon as the peer has room for them. Blocks while more than a window of bytes waits for this
     * peer. The array is not kept.
     *
     * @throws IOException if the peer is gone, or took nothing for longer than the front door is patient
     * @throws InterruptedException if the peer gave the request up
     */
    void write(byte[] bytes) throws IOException, InterruptedException;
}
