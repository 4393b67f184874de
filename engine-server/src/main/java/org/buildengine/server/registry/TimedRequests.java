package org.buildengine.server.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;

/**
 * Sends requests that end by a deadline, and says in an {@link Inquiry} who is asked. The HTTP client's own limit ends with the
 * head of an answer; here it holds for the body too, if that is read as {@link #body}. Safe for several threads.
 */
final class TimedRequests {
    private final HttpClient http;
    private final StallWatch stalls;

    TimedRequests(HttpClient http, StallWatch stalls) {
        this.http = http;
        this.stalls = stalls;
    }

    /**
     * The head of the answer; the caller closes the body.
     *
     * @throws NoAnswerException if it did not come in time; names the server
     */
    HttpResponse<InputStream> send(HttpRequest.Builder prepared, HttpExchange.Target target, Deadline deadline)
            throws IOException, InterruptedException {
        HttpRequest request = prepared.timeout(deadline.left())
                .header("User-Agent", "build-engine")
                .build();
        if (request.uri().getScheme().equals("http")) {
            // Else each request offers an upgrade that no registry takes.
            request = prepared.version(HttpClient.Version.HTTP_1_1).build();
        }
        target.inquiry().asks(target.endpoint().asked(request.uri()));
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (HttpConnectTimeoutException e) {
            throw new NoAnswerException(
                    server(request.uri()) + " did not take a connection in time; is the registry reachable?", e);
        } catch (HttpTimeoutException e) {
            throw new NoAnswerException(server(request.uri()) + " did not answer within " + deadline.words(), e);
        }
    }

    /** The body of a small answer, whose reads end with a {@link NoAnswerException} at the deadline. */
    InputStream body(HttpResponse<InputStream> response, Deadline deadline) {
        return stalls.watch(
                response.body(),
                deadline,
                server(response.uri()) + " did not send all of its answer within " + deadline.words());
    }

    /** Scheme, host and port of a URL. */
    static String server(URI url) {
        return url.getScheme() + "://" + url.getAuthority();
    }
}
