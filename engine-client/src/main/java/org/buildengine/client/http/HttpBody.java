package org.buildengine.client.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A message body that ends where its head says: after a length, with a last chunk, or with the connection. */
public final class HttpBody extends InputStream {
    private static final long CHUNKED = -1;
    private static final long UNTIL_CLOSE = -2;

    private final HttpInput in;
    private final long framing;
    private long left;
    private boolean firstChunk = true;
    private boolean ended;

    private HttpBody(HttpInput in, long framing) {
        this.in = in;
        this.framing = framing;
        this.left = Math.max(0, framing);
        this.ended = framing == 0;
    }

    /**
     * The body after a request head; without a length there is none.
     *
     * @param head the head that was just read
     * @param in where it was read from
     * @return the body
     * @throws IOException if the head delimits it in no valid way
     */
    public static HttpBody ofRequest(HttpHead head, HttpInput in) throws IOException {
        return new HttpBody(in, framing(head).orElse(0L));
    }

    /**
     * The body after a response head; without a length it lasts as long as the connection.
     *
     * @param head the head that was just read
     * @param in where it was read from
     * @return the body
     * @throws IOException if the head delimits it in no valid way
     */
    public static HttpBody ofResponse(HttpHead head, HttpInput in) throws IOException {
        int status = head.status();
        if (status == 204 || status == 304 || status < 200) {
            return new HttpBody(in, 0);
        }
        return new HttpBody(in, framing(head).orElse(UNTIL_CLOSE));
    }

    private static Optional<Long> framing(HttpHead head) throws IOException {
        if (head.lists("Transfer-Encoding", "chunked")) {
            return Optional.of(CHUNKED);
        }
        Optional<String> length = head.first("Content-Length");
        if (length.isPresent() && !length.get().matches("[0-9]{1,18}")) {
            throw new IOException("not a length: Content-Length \"" + length.get() + "\"");
        }
        return length.map(Long::parseLong);
    }

    /** Whether the body was read to its end, so that the connection can carry another message. */
    public boolean ended() {
        return ended;
    }

    /** The length in bytes where the head gave one. */
    public Optional<Long> length() {
        return framing >= 0 ? Optional.of(framing) : Optional.empty();
    }

    /** Whether the connection ends with the body. */
    boolean untilClose() {
        return framing == UNTIL_CLOSE;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (ended) {
            return -1;
        }
        if (framing == UNTIL_CLOSE) {
            int count = in.read(target, offset, length);
            ended = count < 0;
            return count;
        }
        if (framing == CHUNKED && left == 0 && !nextChunk()) {
            return -1;
        }
        int count = in.read(target, offset, (int) Math.min(length, left));
        if (count < 0) {
            throw new EOFException("the connection ended inside a message body");
        }
        left -= count;
        ended = framing != CHUNKED && left == 0;
        return count;
    }

    private boolean nextChunk() throws IOException {
        if (!firstChunk && !in.readLine(8).isEmpty()) {
            throw new IOException("a chunk is longer than it said");
        }
        firstChunk = false;
        String size = in.readLine(4096).split(";", 2)[0].strip();
        try {
            left = Long.parseLong(size, 16);
        } catch (NumberFormatException e) {
            throw new IOException("not the size of a chunk: \"" + size + "\"", e);
        }
        if (left < 0) {
            throw new IOException("not the size of a chunk: \"" + size + "\"");
        }
        if (left > 0) {
            return true;
        }
        String trailer = in.readLine(1 << 16);
        while (!trailer.isEmpty()) {
            trailer = in.readLine(1 << 16);
        }
        ended = true;
        return false;
    }

    /**
     * Writes a body as chunks, each flushed as it comes, so that a slow producer is seen at once.
     *
     * @param body what to write, to its end
     * @param out where to
     * @throws IOException if reading or writing fails
     */
    public static void writeChunked(InputStream body, OutputStream out) throws IOException {
        byte[] bytes = new byte[16 * 1024];
        for (int count = body.read(bytes); count >= 0; count = body.read(bytes)) {
            if (count > 0) {
                out.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                out.write(bytes, 0, count);
                out.write('\r');
                out.write('\n');
                out.flush();
            }
        }
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    /**
     * Writes a body of known length and flushes it.
     *
     * @param body what to write, to its end
     * @param out where to
     * @throws IOException if reading or writing fails
     */
    public static void writePlain(InputStream body, OutputStream out) throws IOException {
        byte[] bytes = new byte[16 * 1024];
        for (int count = body.read(bytes); count >= 0; count = body.read(bytes)) {
            out.write(bytes, 0, count);
            out.flush();
        }
        out.flush();
    }
}
