package org.buildengine.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;

/**
 * Reads from registries (OCI distribution specification 1.1). Each request goes to the mirrors of the registry in order
 * and to the registry itself last, except that those which lately stood still come last of all; the first that answers well
 * counts, and if none does, the error has what each said. Safe for use by several threads; blocks, and is meant for virtual
 * ones.
 */
public final class RegistryClient implements AutoCloseable {
    private static final int MAX_DOCUMENT = 4 << 20;
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final RegistrySettings settings;
    private final HttpClient http;
    private final HttpExchange exchange;
    private final StallWatch watch;
    private final StalledEndpoints stalled = new StalledEndpoints(System::nanoTime);

    public RegistryClient(RegistrySettings settings) {
        this.settings = settings;
        this.http = HttpClient.newBuilder()
                .connectTimeout(connectLimit(settings))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.watch = new StallWatch(settings.stallDeadline());
        this.exchange = new HttpExchange(new TimedRequests(http, watch), settings);
    }

    private static Duration connectLimit(RegistrySettings settings) {
        Duration half = settings.requestDeadline().dividedBy(2);
        return half.compareTo(CONNECT) < 0 ? half : CONNECT;
    }

    /** How it was set up. */
    public RegistrySettings settings() {
        return settings;
    }

    /**
     * The manifest or index under a name. Its digest is that of the bytes received, and the one asked for if the name
     * has one.
     */
    Manifest manifest(ImageReference reference, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        Map<String, String> headers = Map.of("Accept", String.join(", ", MediaTypes.MANIFESTS));
        return eachEndpoint(reference, inquiry, endpoint -> {
            var target = new HttpExchange.Target(endpoint, endpoint.manifest(reference), scope(reference), inquiry);
            return exchange.retrying(target, headers, credentials, (head, stream) -> {
                byte[] body = readSmall(head, stream, MAX_DOCUMENT);
                Digest digest = Digest.of(body);
                if (reference.digest().isPresent() && !reference.digest().get().equals(digest)) {
                    throw new DigestMismatchException(reference.digest().get(), digest);
                }
                String type = head.headers().firstValue("Content-Type").orElse("");
                return new Manifest(body, type.replaceFirst(";.*", "").trim().toLowerCase(Locale.ROOT), digest);
            });
        });
    }

    /** The bytes of a small object, verified. */
    byte[] smallBlob(ImageReference reference, Descriptor blob, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        if (blob.size() > MAX_DOCUMENT) {
            throw new IOException("object " + blob.digest() + " is said to have " + blob.size() + " bytes; more than "
                    + MAX_DOCUMENT + " are not accepted");
        }
        try (InputStream stream = blob(reference, blob, credentials, inquiry)) {
            return stream.readAllBytes();
        }
    }

    /**
     * Opens an object. The stream takes a download up again where it broke off, at the next endpoint if one stands still,
     * and ends only after size and digest were found right; until then what was read must not be trusted. The caller
     * closes it.
     */
    public InputStream blob(ImageReference reference, Descriptor blob, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        List<HttpExchange.Target> targets = stalled.inOrder(RegistryEndpoint.of(reference.host(), settings)).stream()
                .map(endpoint ->
                        new HttpExchange.Target(endpoint, endpoint.blob(reference, blob), scope(reference), inquiry))
                .toList();
        return BlobStream.open(
                blob, targets, new BlobStream.Ways(exchange, credentials, settings.requestDeadline(), watch, stalled));
    }

    @Override
    public void close() {
        watch.close();
        http.shutdownNow();
    }

    private static String scope(ImageReference reference) {
        return "repository:" + reference.repository() + ":pull";
    }

    private static byte[] readSmall(HttpResponse<?> head, InputStream stream, int limit) throws IOException {
        byte[] body = stream.readNBytes(limit + 1);
        if (body.length > limit) {
            throw new RegistryException(head.statusCode(), "the document is larger than " + limit + " bytes");
        }
        return body;
    }

    private <T> T eachEndpoint(ImageReference reference, Inquiry inquiry, PerEndpoint<T> request)
            throws IOException, InterruptedException {
        List<RegistryEndpoint> all = RegistryEndpoint.of(reference.host(), settings);
        var failures = new EndpointFailures();
        int left = all.size();
        try {
            for (RegistryEndpoint endpoint : stalled.inOrder(all)) {
                inquiry.until(Optional.of(
                        System.nanoTime() + settings.requestDeadline().toNanos() * left--));
                try {
                    T answer = request.send(endpoint);
                    stalled.answered(endpoint);
                    return answer;
                } catch (IOException e) {
                    if (e instanceof NoAnswerException) {
                        stalled.stalled(endpoint, all);
                    }
                    failures.add(endpoint, e);
                }
            }
        } finally {
            inquiry.until(Optional.empty());
        }
        throw failures.all();
    }

    /** A manifest as it came. */
    @SuppressWarnings("ArrayRecordComponent") // Passed on within the package, never compared.
    record Manifest(byte[] body, String mediaType, Digest digest) {}

    private interface PerEndpoint<T> {
        T send(RegistryEndpoint endpoint) throws IOException, InterruptedException;
    }
}
