package org.buildengine.client;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One gRPC call, {@code Control/Info}, on a connection of its own, in one write and as few reads as the engine makes of it.
 * Speaks just as much HTTP/2 (RFC 9113) as that takes: the request's fields are constant, the answer's are not looked at, for
 * only an answer with a message is a good one. The libraries for the rest of the session load meanwhile.
 */
final class InfoCall {
    private static final String PATH = "/moby.buildkit.v1.Control/Info";
    private static final int FRAME_HEADER = 9;
    private static final int MAX_FRAME = 16 * 1024;
    private static final int MAX_FRAMES = 64;
    private static final int MESSAGE_PREFIX = 5;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    private static final int GOAWAY = 7;
    private static final int END_STREAM = 1;
    private static final int ACK = 1;
    private static final int END_HEADERS = 4;
    private static final int PADDED = 8;

    private final DataInputStream in;
    private final OutputStream out;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();

    private InfoCall(SocketChannel channel) {
        this.in = new DataInputStream(Channels.newInputStream(channel));
        this.out = Channels.newOutputStream(channel);
    }

    /**
     * Asks. Blocks until there is an answer; closing the channel ends that.
     *
     * @throws IOException if no engine answers; the message says what does, as the end of "no engine: …"
     */
    static EngineInfo ask(SocketChannel channel) throws IOException {
        InfoCall call = new InfoCall(channel);
        call.out.write(request());
        boolean first = true;
        for (int frames = 0; frames < MAX_FRAMES; frames++) {
            if (call.frame(first)) {
                return EngineInfo.parse(call.message());
            }
            first = false;
        }
        throw new IOException("what answers there speaks HTTP/2, but says nothing of itself");
    }

    /** Reads a frame; says whether it was the last one of the answer. */
    private boolean frame(boolean first) throws IOException {
        byte[] header = head(first);
        int length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | (header[2] & 0xff);
        int type = header[3];
        int flags = header[4];
        if (first && (type != SETTINGS || length > MAX_FRAME)) {
            throw new IOException(stranger(header));
        }
        if (type == GOAWAY) {
            throw new IOException("what answers there takes no more calls; if it is an engine, it is about to stop, and"
                    + " can be started again in a moment");
        }
        if (length > MAX_FRAME || type == RST_STREAM) {
            throw new IOException("what answers there speaks HTTP/2, but refuses to say what it is");
        }
        byte[] payload = in.readNBytes(length);
        if (type == SETTINGS && (flags & ACK) == 0) {
            out.write(frame(SETTINGS, ACK, 0, new byte[0]));
        } else if (type == DATA) {
            boolean padded = (flags & PADDED) != 0 && payload.length > 0;
            int padding = padded ? 1 + (payload[0] & 0xff) : 0;
            body.write(payload, padded ? 1 : 0, Math.max(0, payload.length - padding));
        }
        return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }

    private byte[] head(boolean first) throws IOException {
        byte[] header = in.readNBytes(FRAME_HEADER);
        if (header.length == FRAME_HEADER) {
            return header;
        }
        throw new EOFException(
                first && header.length > 0
                        ? stranger(header)
                        : "what answers there closes the connection without saying what it is");
    }

    private static String stranger(byte[] beginning) {
        String text = new String(beginning, StandardCharsets.ISO_8859_1);
        return text.startsWith("HTTP/1")
                ? "a web server answers there"
                : "what answers there speaks another protocol (it begins with \"" + text.replaceAll("[^ -~]", "?")
                        + "\")";
    }

    private byte[] message() throws IOException {
        byte[] framed = body.toByteArray();
        if (framed.length < MESSAGE_PREFIX || framed[0] != 0) {
            throw new IOException("what answers there speaks HTTP/2, but does not know the call that engines know");
        }
        return java.util.Arrays.copyOfRange(framed, MESSAGE_PREFIX, framed.length);
    }

    private static byte[] request() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        all.writeBytes(frame(SETTINGS, 0, 0, new byte[0]));
        all.writeBytes(frame(HEADERS, END_HEADERS, 1, fields()));
        all.writeBytes(frame(DATA, END_STREAM, 1, new byte[MESSAGE_PREFIX]));
        return all.toByteArray();
    }

    /** The request's fields, compressed as RFC 7541 has it, by entries of its static table and by plain literals. */
    private static byte[] fields() {
        ByteArrayOutputStream fields = new ByteArrayOutputStream();
        fields.write(0x83); // :method POST
        fields.write(0x86); // :scheme http
        literal(fields, new byte[] {0x04}, PATH); // :path
        literal(fields, new byte[] {0x01}, "localhost"); // :authority
        literal(fields, new byte[] {0x0f, 0x10}, "application/grpc"); // content-type
        literal(fields, new byte[] {0x0f, 0x2b}, "build-engine-client"); // user-agent
        literal(fields, new byte[] {0x00, 2, 't', 'e'}, "trailers");
        return fields.toByteArray();
    }

    private static void literal(ByteArrayOutputStream fields, byte[] name, String value) {
        fields.writeBytes(name);
        fields.write(value.length());
        fields.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(payload.length >> 16);
        frame.write(payload.length >> 8);
        frame.write(payload.length);
        frame.write(type);
        frame.write(flags);
        frame.writeBytes(new byte[] {0, 0, 0, (byte) stream});
        frame.writeBytes(payload);
        return frame.toByteArray();
    }
}
