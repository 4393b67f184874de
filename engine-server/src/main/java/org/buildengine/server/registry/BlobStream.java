package org.buildengine.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;

/**
 * The bytes of one object. When the connection breaks or stands still, the rest is asked for again from where it broke;
 * three breaks without a byte in between end it. Used by one thread, except for {@link #breakOff}.
 */
final class BlobStream extends InputStream implements StallWatch.Watched {
    private static final int MAX_BREAKS = 3;

    private final Descriptor blob;
    private final HttpExchange exchange;
    private final HttpExchange.Target target;
    private final RegistryCredentials credentials;
    private final StallWatch stalls;
    private final MessageDigest sha256 = Digest.sha256();
    // Read by the stall watch, written by the reading thread; empty while nobody reads.
    private volatile Optional<Long> readUntil = Optional.empty();
    private volatile InputStream body = InputStream.nullInputStream();
    private volatile boolean stalled;
    private long position;
    private long toSkip;
    private int breaks;
    private boolean verified;

    private BlobStream(
            Descriptor blob,
            HttpExchange exchange,
            HttpExchange.Target target,
            RegistryCredentials credentials,
            StallWatch stalls)
            throws IOException, InterruptedException {
        this.blob = blob;
        this.exchange = exchange;
        this.target = target;
        this.credentials = credentials;
        this.stalls = stalls;
        request();
    }

    static BlobStream open(
            Descriptor blob,
            HttpExchange exchange,
            HttpExchange.Target target,
            RegistryCredentials credentials,
            StallWatch stalls)
            throws IOException, InterruptedException {
        var stream = new BlobStream(blob, exchange, target, credentials, stalls);
        stalls.add(stream);
        return stream;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        while (true) {
            int n;
            try {
                n = receive(into, offset, length);
            } catch (IOException e) {
                resume(stalled ? stalled(e) : e);
                continue;
            }
            if (n > 0) {
                return accept(into, offset, n);
            }
            if (position == blob.size()) {
                verify();
                return -1;
            }
            resume(new IOException("the connection ended after " + position + " of " + blob.size() + " bytes"));
        }
    }

    /** Reads what is new, as long as something comes. */
    private int receive(byte[] into, int offset, int length) throws IOException {
        try {
            while (true) {
                expect(Optional.of(System.nanoTime() + stalls.limit().toNanos()));
                int n = body.read(into, offset, (int) (toSkip > 0 ? Math.min(toSkip, length) : length));
                if (toSkip == 0 || n < 0) {
                    return n;
                }
                toSkip -= n;
            }
        } finally {
            expect(Optional.empty());
        }
    }

    private void expect(Optional<Long> until) {
        readUntil = until;
        target.inquiry().until(until);
    }

    private NoAnswerException stalled(IOException e) {
        stalled = false;
        return new NoAnswerException(
                TimedRequests.server(target.uri()) + " sent nothing for "
                        + stalls.limit().toSeconds() + " s after " + position + " of " + blob.size() + " bytes",
                e);
    }

    private int accept(byte[] from, int offset, int n) throws IOException {
        if (position + n > blob.size()) {
            throw new IOException(
                    "object " + blob.digest() + " is longer than the " + blob.size() + " bytes that its manifest says");
        }
        sha256.update(from, offset, n);
        position += n;
        breaks = 0;
        return n;
    }

    private void verify() throws IOException {
        if (verified) {
            return;
        }
        Digest actual = Digest.finish(sha256);
        if (!actual.equals(blob.digest())) {
            throw new DigestMismatchException(blob.digest(), actual);
        }
        verified = true;
    }

    private void resume(IOException broken) throws IOException {
        body.close();
        if (++breaks >= MAX_BREAKS || Thread.currentThread().isInterrupted()) {
            throw new IOException("download of " + blob.digest() + " broke off: " + broken.getMessage(), broken);
        }
        try {
            request();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("download of " + blob.digest() + " given up").initCause(e);
        } catch (IOException e) {
            e.addSuppressed(broken);
            throw e;
        }
    }

    /** Asks for what is missing. */
    private void request() throws IOException, InterruptedException {
        Map<String, String> headers = position == 0 ? Map.of() : Map.of("Range", "bytes=" + position + "-");
        HttpResponse<InputStream> response = exchange.open(target, headers, credentials);
        try {
            boolean partial = response.statusCode() == 206;
            long start = partial ? position : 0;
            long promised =
                    response.headers().firstValueAsLong("Content-Length").orElse(-1);
            if (promised >= 0 && start + promised != blob.size()) {
                throw new IOException("object " + blob.digest() + " has " + (start + promised)
                        + " bytes at the registry, but " + blob.size() + " in its manifest");
            }
            if (partial && (position == 0 || !startsAt(response, position))) {
                throw new IOException(
                        "the registry answered with another part of " + blob.digest() + " than it was asked for");
            }
            toSkip = partial ? 0 : position;
            body = response.body();
        } catch (IOException e) {
            response.body().close();
            throw e;
        }
    }

    private static boolean startsAt(HttpResponse<?> response, long position) {
        return response.headers()
                .firstValue("Content-Range")
                .map(range -> range.startsWith("bytes " + position + "-"))
                .orElse(true);
    }

    @Override
    public boolean overdue(long now) {
        return readUntil.map(until -> until - now <= 0).orElse(false);
    }

    @Override
    public void breakOff() {
        stalled = true;
        try {
            body.close();
        } catch (IOException e) {
            // The reader sees its own error; this one only says that there is nothing left to close.
            System.getLogger(BlobStream.class.getName())
                    .log(System.Logger.Level.DEBUG, "closing a stalled download", e);
        }
    }

    @Override
    public void close() throws IOException {
        stalls.remove(this);
        body.close();
    }
}
