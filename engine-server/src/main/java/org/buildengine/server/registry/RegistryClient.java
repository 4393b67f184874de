package org.buildengine.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;

/**
 * Reads from registries (OCI distribution specification 1.1). Each request goes to the mirrors of the registry in order
 * and to the registry itself last; the first that answers well counts, and if none does, the error has what each said. Safe for use by several threads; blocks, and is
 * meant for virtual ones.
 */
public final class RegistryClient implements AutoCloseable {
    private static final int MAX_DOCUMENT = 4 << 20;
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final RegistrySettings settings;
    private final HttpClient http;
    private final HttpExchange exchange;
    private final StallWatch stalls;

    public RegistryClient(RegistrySettings settings) {
        this.settings = settings;
        this.http = HttpClient.newBuilder()
                .connectTimeout(connectLimit(settings))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        this.stalls = new StallWatch(settings.stallDeadline());
        this.exchange = new HttpExchange(new TimedRequests(http, stalls), settings);
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
        return eachEndpoint(reference, endpoint -> {
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
     * Opens an object. The stream takes a download up again where it broke off, and ends only after size and digest
     * were found right; until then what was read must not be trusted. The caller closes it.
     */
    public InputStream blob(ImageReference reference, Descriptor blob, RegistryCredentials credentials, Inquiry inquiry)
            throws IOException, InterruptedException {
        return eachEndpoint(reference, endpoint -> {
            var target = new HttpExchange.Target(endpoint, endpoint.blob(reference, blob), scope(reference), inquiry);
            return BlobStream.open(blob, exchange, target, credentials, stalls);
        });
    }

    @Override
    public void close() {
        stalls.close();
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

    private <T> T eachEndpoint(ImageReference reference, PerEndpoint<T> request)
            throws IOException, InterruptedException {
        List<Endpoint> endpoints = Endpoint.of(reference.host(), settings);
        var failures = new ArrayList<IOException>();
        for (Endpoint endpoint : endpoints) {
            try {
                return request.send(endpoint);
            } catch (IOException e) {
                failures.add(explained(e, endpoint.base()));
            }
        }
        throw all(failures);
    }

    /** The failure of the registry itself, which is asked last; what was wrong with its mirrors is said behind it. */
    private static IOException all(List<IOException> failures) {
        IOException last = failures.getLast();
        List<IOException> mirrors = failures.subList(0, failures.size() - 1);
        if (mirrors.isEmpty()) {
            return last;
        }
        String own = String.valueOf(last.getMessage());
        String message = own + (own.endsWith("?") ? " " : ". ") + "Of its mirrors: "
                + mirrors.stream().map(Throwable::getMessage).collect(Collectors.joining("; "));
        IOException all = last instanceof RegistryException refusal
                ? new RegistryException(refusal.status(), message)
                : new IOException(message, last);
        mirrors.forEach(all::addSuppressed);
        return all;
    }

    private static IOException explained(IOException failure, URI base) {
        String message = failure.getMessage();
        boolean says = message != null && !message.isBlank();
        if (failure instanceof java.net.ConnectException) {
            return new IOException(
                    "cannot connect to " + base + (says ? ": " + message : "")
                            + "; is the registry running and reachable?",
                    failure);
        }
        if (failure instanceof DigestMismatchException) {
            return new IOException(base + " answers with other bytes than were asked for: " + message, failure);
        }
        return says ? failure : new IOException(base + ": " + failure.getClass().getSimpleName(), failure);
    }

    /** A manifest as it came. */
    @SuppressWarnings("ArrayRecordComponent") // Passed on within the package, never compared.
    record Manifest(byte[] body, String mediaType, Digest digest) {}

    private interface PerEndpoint<T> {
        T send(Endpoint endpoint) throws IOException, InterruptedException;
    }
}
