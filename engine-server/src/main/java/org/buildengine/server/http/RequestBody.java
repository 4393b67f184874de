package org.buildengine.server.http;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The body of a request. It is read by one thread; what has not been read yet stays with the peer, but for a window.
 */
public final class RequestBody {
    private static final int PIECE = 16 * 1024;
    private final InputStream stream;
    private final long limit;

    RequestBody(InputStream stream, long limit) {
        this.stream = stream;
        this.limit = limit;
    }

    /** A body that is there already. */
    public static RequestBody of(byte[] bytes) {
        return new RequestBody(new ByteArrayInputStream(bytes), Long.MAX_VALUE);
    }

    /**
     * The body as it arrives. Reading blocks; it fails with an {@link IOException} if the peer goes away or sends
     * nothing for too long, with a {@link RequestBodyException} if what it sends is malformed.
     */
    public InputStream stream() {
        return stream;
    }

    /**
     * The rest of the body, complete. Blocks until the peer has sent all of it.
     *
     * @throws RequestBodyException if it is larger than the front door's limit, or malformed
     * @throws IOException if the peer goes away before the end
     */
    public byte[] readAll() throws IOException {
        var bytes = new ByteArrayOutputStream();
        var piece = new byte[PIECE];
        for (int count = stream.read(piece); count >= 0; count = stream.read(piece)) {
            if (bytes.size() + (long) count > limit) {
                throw new RequestBodyException(
                        413, "the body of the request is larger than " + limit + " bytes, the limit of this engine");
            }
            bytes.write(piece, 0, count);
        }
        return bytes.toByteArray();
    }
}
