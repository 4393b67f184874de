package org.buildengine.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.buildengine.client.Attacher.Attachment;

/**
 * An offer that nobody has asked for yet. It keeps what the engine's gRPC says when it connects (the preface, SETTINGS and
 * WINDOW_UPDATE frames of RFC 9113), and wakes up at the first frame of another kind: then the connection and all that was
 * read of it go to whoever serves it. An engine that only says goodbye wakes nobody. Thread-safe.
 */
final class DormantOffer implements Attachment {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int FRAME_HEADER = 9;
    private static final int TYPE_AT = 3;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    private static final int WINDOW_UPDATE = 8;
    private static final int MAX_KEPT = 16 * 1024;

    private final SocketChannel channel;
    private final Awakening awakening;
    private Optional<Attachment> awake = Optional.empty();
    private boolean closed;

    /** Takes over a connection. */
    @FunctionalInterface
    interface Awakening {
        /**
         * Serves on a connection.
         *
         * @param channel the connection; closed by the attachment
         * @param read what was read of it
         */
        Attachment serve(SocketChannel channel, byte[] read) throws IOException;
    }

    private DormantOffer(SocketChannel channel, Awakening awakening) {
        this.channel = channel;
        this.awakening = awakening;
    }

    /** Watches a connection, of which something may have been read, on a thread of its own until the engine asks for something. */
    static DormantOffer over(SocketChannel channel, byte[] begun, Awakening awakening) {
        DormantOffer offer = new DormantOffer(channel, awakening);
        ClientThread.start("offer", () -> offer.watch(begun));
        return offer;
    }

    private void watch(byte[] begun) {
        try {
            ByteArrayOutputStream read = new ByteArrayOutputStream();
            read.writeBytes(begun);
            ByteBuffer piece = ByteBuffer.allocate(1024);
            State state = stateAfter(begun);
            while (state == State.GREETING) {
                piece.clear();
                int length = channel.read(piece);
                if (length > 0) {
                    read.write(piece.array(), 0, length);
                }
                state = length < 0 ? State.LEAVING : stateAfter(read.toByteArray());
            }
            if (state == State.ASKING) {
                wake(read.toByteArray());
            } else {
                close();
            }
        } catch (IOException | RuntimeException e) {
            if (!isClosed()) {
                log().log(System.Logger.Level.WARNING, "what this machine offers cannot be served to the engine", e);
            }
            close();
        }
    }

    /** What the engine is at. */
    private enum State {
        GREETING,
        ASKING,
        LEAVING
    }

    private static State stateAfter(byte[] read) {
        int preface = Math.min(read.length, PREFACE.length);
        if (!Arrays.equals(read, 0, preface, PREFACE, 0, preface) || read.length > MAX_KEPT) {
            return State.ASKING;
        }
        int at = PREFACE.length;
        while (at + TYPE_AT < read.length) {
            int type = read[at + TYPE_AT];
            if (type == GOAWAY) {
                return State.LEAVING;
            }
            if (type != SETTINGS && type != WINDOW_UPDATE) {
                return State.ASKING;
            }
            int length = (read[at] & 0xff) << 16 | (read[at + 1] & 0xff) << 8 | (read[at + 2] & 0xff);
            at += FRAME_HEADER + length;
        }
        return State.GREETING;
    }

    private synchronized void wake(byte[] read) throws IOException {
        if (!closed) {
            awake = Optional.of(awakening.serve(channel, read));
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized void close() {
        closed = true;
        awake.ifPresent(Attachment::close);
        try {
            channel.close();
        } catch (IOException e) {
            log().log(System.Logger.Level.DEBUG, "closing the connection of an offer", e);
        }
    }

    /** Not made before there is something to log: that takes long, and most commands log nothing. */
    private static System.Logger log() {
        return System.getLogger(DormantOffer.class.getName());
    }
}
