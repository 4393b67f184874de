package org.buildengine.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Speaks single frames of HTTP/2, right ones and wrong ones, over a connection of bytes. */
final class RawHttp2 {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;

    static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private RawHttp2() {}

    /**
     * A frame.
     *
     * @param type its number
     * @param flags its flags
     * @param stream its stream, 0 for the connection
     * @param payload what it carries
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Frame(int type, int flags, int stream, byte[] payload) {
        /** The number that a RST_STREAM or a GOAWAY gives as its reason. */
        int errorCode() {
            return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
        }
    }

    static byte[] frame(int type, int flags, int stream, byte... payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** A payload of one number. */
    static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    /** A payload of one setting. */
    static byte[] setting(int id, int value) {
        return ByteBuffer.allocate(6).putShort((short) id).putInt(value).array();
    }

    /** The fields of a GET. */
    static byte[] get(String path) {
        var fields = new ByteArrayOutputStream();
        fields.writeBytes(new byte[] {(byte) 0x82, (byte) 0x86, 4, (byte) path.length()});
        fields.writeBytes(path.getBytes(StandardCharsets.US_ASCII));
        return fields.toByteArray();
    }

    static byte[] join(byte[]... pieces) {
        var all = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }

    /** The next frame. */
    static Frame read(RawClient client) throws IOException {
        byte[] header = client.readBytes(9);
        if (header.length < 9) {
            throw new java.io.EOFException("the connection ended");
        }
        var fields = ByteBuffer.wrap(header);
        int length = (fields.get() & 0xff) << 16 | (fields.getShort() & 0xffff);
        int type = fields.get();
        int flags = fields.get();
        return new Frame(type, flags, fields.getInt(), client.readBytes(length));
    }

    /** The next frame of a type; others are passed over. */
    static Frame await(RawClient client, int type) throws IOException {
        Frame frame = read(client);
        while (frame.type() != type) {
            frame = read(client);
        }
        return frame;
    }
}
