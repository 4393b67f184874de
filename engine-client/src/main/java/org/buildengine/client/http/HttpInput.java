package org.buildengine.client.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * A buffered stream of bytes that HTTP messages are read from. One thread at a time; a thread may wait in
 * {@link #awaitByte} for the next message while another one is between messages.
 */
public final class HttpInput {
    private final InputStream in;
    private final byte[] buffer = new byte[16 * 1024];
    private int position;
    private int limit;

    /**
     * Reads from a stream.
     *
     * @param in the unbuffered stream
     */
    public HttpInput(InputStream in) {
        this.in = in;
    }

    /**
     * Waits until a byte can be read, without taking it.
     *
     * @return whether there is one; false at the end of the stream
     * @throws IOException if reading fails
     */
    public boolean awaitByte() throws IOException {
        if (position < limit) {
            return true;
        }
        position = 0;
        limit = Math.max(0, in.read(buffer, 0, buffer.length));
        return limit > 0;
    }

    /**
     * Reads some bytes.
     *
     * @return how many were read, at least one; -1 at the end of the stream
     */
    int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == limit && length >= buffer.length) {
            return in.read(target, offset, length);
        }
        if (!awaitByte()) {
            return -1;
        }
        int count = Math.min(length, limit - position);
        System.arraycopy(buffer, position, target, offset, count);
        position += count;
        return count;
    }

    /** Reads a line up to its LF, and takes a CR before it off. */
    String readLine(int maximum) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (!awaitByte()) {
                throw new EOFException("the connection ended inside an HTTP message");
            }
            int end = position;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            line.append(new String(buffer, position, end - position, StandardCharsets.ISO_8859_1));
            if (line.length() > maximum) {
                throw new IOException("an HTTP head is longer than it may be");
            }
            position = end;
            if (end < limit) {
                position++;
                int length = line.length();
                return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
            }
        }
    }
}
