package org.buildengine.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sends GET requests the way registries want them: logs in when asked to, follows redirects without carrying the login
 * to another host, tries again after errors that pass. Safe for several threads.
 */
final class HttpExchange {
    private static final int MAX_TRIES = 5;
    private static final int MAX_REDIRECTS = 5;
    private static final int MAX_PORT = 65_535;
    private static final int MAX_ERROR_BODY = 2048;

    private final TimedRequests requests;
    private final RegistrySettings settings;
    private final Authenticator authenticator;

    HttpExchange(TimedRequests requests, RegistrySettings settings) {
        this.requests = requests;
        this.settings = settings;
        this.authenticator = new Authenticator(requests, settings);
    }

    /** What is asked for, the scope of the permission it needs, and where it is said whom that waits for. */
    record Target(RegistryEndpoint endpoint, URI uri, String scope, Inquiry inquiry) {}

    /** Reads an answer; an error in it counts as an error of the request. */
    interface Reader<T> {
        T read(HttpResponse<?> head, InputStream body) throws IOException;
    }

    /** Asks for a small document, and again if its body breaks off. */
    <T> T retrying(Target target, Map<String, String> headers, RegistryCredentials credentials, Reader<T> reader)
            throws IOException, InterruptedException {
        return tries(Deadline.in(settings.requestDeadline()), deadline -> {
            HttpResponse<InputStream> response = once(target, headers, credentials, deadline);
            try (InputStream body = requests.body(response, deadline)) {
                return reader.read(response, body);
            }
        });
    }

    /** Asks until there is a good answer, whose body the caller reads and closes, or until the deadline. */
    HttpResponse<InputStream> open(
            Target target, Map<String, String> headers, RegistryCredentials credentials, Deadline limit)
            throws IOException, InterruptedException {
        return tries(limit, deadline -> once(target, headers, credentials, deadline));
    }

    private interface Try<T> {
        T run(Deadline deadline) throws IOException, InterruptedException;
    }

    private static <T> T tries(Deadline deadline, Try<T> request) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                return request.run(deadline);
            } catch (RegistryException e) {
                if (!e.worthAnotherTry() || attempt == MAX_TRIES || deadline.passed()) {
                    throw e;
                }
            } catch (NoAnswerException
                    | java.net.ConnectException
                    | java.net.UnknownHostException
                    | javax.net.ssl.SSLException e) {
                // Nobody there, nobody who answers or nobody we may trust: that does not pass within seconds, and
                // people
                // wait for the answer.
                throw e;
            } catch (IOException e) {
                if (attempt == MAX_TRIES || deadline.passed()) {
                    throw e;
                }
            }
            long pause = (50L << attempt) + ThreadLocalRandom.current().nextLong(50);
            Thread.sleep(pause);
        }
    }

    private HttpResponse<InputStream> once(
            Target target, Map<String, String> headers, RegistryCredentials credentials, Deadline deadline)
            throws IOException, InterruptedException {
        Optional<String> authorization = authenticator.known(target);
        HttpResponse<InputStream> response = following(target, headers, authorization, deadline);
        if (response.statusCode() == 401) {
            String refusal = errorText(response, deadline);
            Optional<String> fresh = authenticator.answer(target, response, authorization, credentials, deadline);
            if (fresh.isEmpty()) {
                throw new RegistryException(
                        401,
                        target.uri() + ": 401 Unauthorized" + refusal + "; no login is known for "
                                + target.endpoint().credentialHost());
            }
            response = following(target, headers, fresh, deadline);
        }
        if (response.statusCode() == 200 || response.statusCode() == 206) {
            return response;
        }
        throw failure(target, response, deadline);
    }

    private RegistryException failure(Target target, HttpResponse<InputStream> response, Deadline deadline) {
        String text = errorText(response, deadline);
        String reason = switch (response.statusCode()) {
            case 401, 403 -> "access denied";
            case 404 -> "not found";
            case 429 -> "too many requests";
            default -> "unexpected answer";
        };
        return new RegistryException(
                response.statusCode(), target.uri() + ": status " + response.statusCode() + text + ": " + reason);
    }

    private String errorText(HttpResponse<InputStream> response, Deadline deadline) {
        try (InputStream body = requests.body(response, deadline)) {
            String text = new String(body.readNBytes(MAX_ERROR_BODY), StandardCharsets.UTF_8).strip();
            return text.isEmpty() ? "" : " (" + text.replaceAll("\\s+", " ") + ")";
        } catch (IOException e) {
            return "";
        }
    }

    private HttpResponse<InputStream> following(
            Target target, Map<String, String> headers, Optional<String> authorization, Deadline deadline)
            throws IOException, InterruptedException {
        URI at = target.uri();
        Optional<String> login = authorization;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(at);
            headers.forEach(request::header);
            login.ifPresent(value -> request.header("Authorization", value));
            HttpResponse<InputStream> response = requests.send(request, target, deadline);
            Optional<String> location = redirect(response);
            if (location.isEmpty()) {
                return response;
            }
            response.body().close();
            URI next = resolve(at, location.get());
            if (!sameOrigin(at, next)) {
                login = Optional.empty();
            }
            at = next;
        }
        throw new IOException(target.uri() + ": redirected more than " + MAX_REDIRECTS + " times");
    }

    private static Optional<String> redirect(HttpResponse<?> response) {
        return switch (response.statusCode()) {
            case 301, 302, 303, 307, 308 -> response.headers().firstValue("Location");
            default -> Optional.empty();
        };
    }

    private URI resolve(URI at, String location) throws IOException {
        URI next;
        try {
            next = at.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new IOException(at + ": redirected to what is not a URL", e);
        }
        if (!isWeb(next)) {
            throw new IOException(at + ": redirected to " + next + ", which is no URL of a server");
        }
        String scheme = next.getScheme().toLowerCase(Locale.ROOT);
        boolean allowed =
                scheme.equals("https") || at.getScheme().equals("http") || settings.plain(next.getAuthority());
        if (!allowed) {
            throw new IOException(
                    at + ": redirected to " + scheme + "://" + next.getAuthority() + ", which is not encrypted");
        }
        return next;
    }

    /** Whether a URL names a server that can be asked; the JDK takes any number for a port. */
    static boolean isWeb(URI url) {
        String scheme = url.getScheme();
        return ("https".equalsIgnoreCase(scheme) || "http".equalsIgnoreCase(scheme))
                && url.getHost() != null
                && url.getPort() <= MAX_PORT;
    }

    static boolean sameOrigin(URI a, URI b) {
        return a.getScheme().equalsIgnoreCase(b.getScheme()) && a.getAuthority().equalsIgnoreCase(b.getAuthority());
    }
}
