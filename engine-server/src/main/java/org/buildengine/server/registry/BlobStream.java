package org.buildengine.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;

/**
 * The bytes of one object. When the connection breaks, the rest is asked for again from where it broke; when it stands still,
 * of the next endpoint, and of the same one again if there is no other. An endpoint that breaks three times without a byte in
 * between is not asked any more. Without a new byte all of them together have the time in which three may stand still, or each
 * once if there are more. Used by one thread, except for {@link #breakOff}.
 */
final class BlobStream extends InputStream implements StallWatch.Watched {
    private static final int MAX_BREAKS = 3;

    /**
     * How objects are fetched.
     *
     * @param requestDeadline how long one endpoint may take until it begins to send
     * @param watch breaks downloads that stand still
     * @param stalled is told of endpoints that do
     */
    record Ways(
            HttpExchange exchange,
            RegistryCredentials credentials,
            Duration requestDeadline,
            StallWatch watch,
            StalledEndpoints stalled) {}

    /** An endpoint that may be asked. */
    private static final class Source {
        private final HttpExchange.Target target;
        private int breaks;

        Source(HttpExchange.Target target) {
            this.target = target;
        }
    }

    private final Descriptor blob;
    private final List<HttpExchange.Target> all;
    private final Ways ways;
    private final Inquiry inquiry;
    private final long patienceNanos;
    private final EndpointFailures failures = new EndpointFailures();
    private final MessageDigest sha256 = Digest.sha256();
    // The first is the one that is asked.
    private final Deque<Source> sources = new ArrayDeque<>();
    // Read by the stall watch, written by the reading thread; empty while nobody reads.
    private volatile Optional<Long> readUntil = Optional.empty();
    private volatile InputStream body = InputStream.nullInputStream();
    private volatile boolean stalled;
    private long giveUpNanos;
    private long position;
    private long brokeAt;
    private long toSkip;
    private boolean verified;

    private BlobStream(Descriptor blob, List<HttpExchange.Target> targets, Ways ways) {
        this.blob = blob;
        this.all = List.copyOf(targets);
        this.ways = ways;
        this.inquiry = targets.getFirst().inquiry();
        this.patienceNanos = ways.watch().limit().toNanos() * Math.max(MAX_BREAKS, targets.size());
        targets.forEach(target -> sources.add(new Source(target)));
    }

    /**
     * Asks one endpoint after the other until one begins to send.
     *
     * @param targets the object at each endpoint, of one inquiry; one at least
     */
    static BlobStream open(Descriptor blob, List<HttpExchange.Target> targets, Ways ways)
            throws IOException, InterruptedException {
        var stream = new BlobStream(blob, targets, ways);
        stream.begin();
        ways.watch().add(stream);
        return stream;
    }

    private void begin() throws IOException, InterruptedException {
        try {
            for (int left = all.size(); left > 0; left--) {
                inquiry.until(
                        Optional.of(System.nanoTime() + ways.requestDeadline().toNanos() * left));
                try {
                    request(Deadline.in(ways.requestDeadline()));
                    return;
                } catch (IOException e) {
                    leave(e, e instanceof NoAnswerException);
                }
            }
        } finally {
            inquiry.until(Optional.empty());
        }
        throw failures.all();
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
        giveUpNanos = System.nanoTime() + patienceNanos;
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
                long begun = System.nanoTime();
                readUntil = Optional.of(earlier(begun + ways.watch().limit().toNanos(), giveUpNanos));
                inquiry.until(Optional.of(giveUpNanos));
                int n = body.read(into, offset, (int) (toSkip > 0 ? Math.min(toSkip, length) : length));
                if (toSkip == 0 || n < 0) {
                    return n;
                }
                toSkip -= n;
                // What was had before is not new, but its time is not one of silence.
                giveUpNanos += System.nanoTime() - begun;
            }
        } finally {
            readUntil = Optional.empty();
            inquiry.until(Optional.empty());
        }
    }

    private static long earlier(long nanos, long other) {
        return nanos - other < 0 ? nanos : other;
    }

    private NoAnswerException stalled(IOException e) {
        stalled = false;
        return new NoAnswerException(
                TimedRequests.server(sources.getFirst().target.uri()) + " sent nothing for "
                        + ways.watch().limit().toSeconds() + " s after " + position + " of " + blob.size() + " bytes",
                e);
    }

    private int accept(byte[] from, int offset, int n) throws IOException {
        if (position + n > blob.size()) {
            throw new IOException(
                    "object " + blob.digest() + " is longer than the " + blob.size() + " bytes that its manifest says");
        }
        sha256.update(from, offset, n);
        position += n;
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
        ways.stalled().answered(sources.getFirst().target.endpoint());
    }

    private void resume(IOException broken) throws IOException {
        body.close();
        if (position > brokeAt) {
            sources.forEach(source -> source.breaks = 0);
            brokeAt = position;
        }
        leave(broken, true);
        inquiry.until(Optional.of(giveUpNanos));
        try {
            while (!sources.isEmpty()
                    && giveUpNanos - System.nanoTime() > 0
                    && !Thread.currentThread().isInterrupted()) {
                Duration left = Duration.ofNanos(giveUpNanos - System.nanoTime());
                Duration limit = ways.requestDeadline();
                try {
                    request(Deadline.in(left.compareTo(limit) < 0 ? left : limit));
                    return;
                } catch (IOException e) {
                    leave(e, e instanceof NoAnswerException);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("download of " + blob.digest() + " given up").initCause(e);
        } finally {
            inquiry.until(Optional.empty());
        }
        IOException why = failures.all();
        throw new IOException("download of " + blob.digest() + " broke off: " + why.getMessage(), why);
    }

    /** The endpoint that was asked has failed; it may be asked {@code again}, after the others if it stood still. */
    private void leave(IOException failure, boolean again) {
        Source source = sources.removeFirst();
        RegistryEndpoint endpoint = source.target.endpoint();
        failures.add(endpoint, failure);
        boolean silent = failure instanceof NoAnswerException;
        if (silent) {
            ways.stalled()
                    .stalled(
                            endpoint,
                            all.stream().map(HttpExchange.Target::endpoint).toList());
        }
        source.breaks++;
        if (!again || source.breaks == MAX_BREAKS) {
            return;
        }
        if (silent) {
            sources.addLast(source);
        } else {
            sources.addFirst(source);
        }
    }

    /** Asks for what is missing. */
    private void request(Deadline deadline) throws IOException, InterruptedException {
        Map<String, String> headers = position == 0 ? Map.of() : Map.of("Range", "bytes=" + position + "-");
        HttpResponse<InputStream> response =
                ways.exchange().open(sources.getFirst().target, headers, ways.credentials(), deadline);
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
        ways.watch().remove(this);
        body.close();
    }
}
