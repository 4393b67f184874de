package org.buildengine.client.http;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;

/** One connection to the engine: bytes in, bytes out. Closing it ends what waits on it. */
final class HttpConnection implements AutoCloseable {
    private final SocketChannel channel;
    private final HttpInput in;
    private final OutputStream out;

    HttpConnection(SocketChannel channel) {
        this.channel = channel;
        this.in = new HttpInput(Channels.newInputStream(channel));
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), 16 * 1024);
    }

    HttpInput in() {
        return in;
    }

    OutputStream out() {
        return out;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            System.getLogger(HttpConnection.class.getName())
                    .log(System.Logger.Level.DEBUG, "closing a connection to the engine", e);
        }
    }
}
