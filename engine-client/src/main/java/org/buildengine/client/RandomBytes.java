package org.buildengine.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Bytes that nobody can guess, from the kernel itself: to make the library's generator takes a command longer than to open its
 * session.
 */
public final class RandomBytes {
    private static final Path SOURCE = Path.of("/dev/urandom");

    private RandomBytes() {}

    /**
     * New ones.
     *
     * @throws UncheckedIOException if the system has no source of them
     */
    static byte[] of(int length) {
        try (InputStream source = Files.newInputStream(SOURCE)) {
            byte[] bytes = source.readNBytes(length);
            if (bytes.length < length) {
                throw new IOException(SOURCE + " ends");
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException("nothing random can be had", e);
        }
    }

    /** A new UUID of version 4 (RFC 9562, 5.4). */
    public static String uuid() {
        ByteBuffer bytes = ByteBuffer.wrap(of(2 * Long.BYTES));
        long high = (bytes.getLong() & ~0xf000L) | 0x4000L;
        long low = (bytes.getLong() & ~(3L << 62)) | (1L << 63);
        return new UUID(high, low).toString();
    }
}
