package org.buildengine.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.buildengine.client.Attacher.Attachment;
import org.buildengine.client.http.HttpBody;
import org.buildengine.client.http.HttpConnections;
import org.buildengine.client.http.HttpConnections.InFlight;
import org.buildengine.client.http.HttpField;
import org.buildengine.client.http.HttpHead;
import org.buildengine.client.http.HttpReply;
import org.buildengine.client.http.HttpRequest;
import org.buildengine.client.telemetry.EventStream;
import org.buildengine.session.Beginning;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.ClientVersion;

/**
 * A session with an engine, from attach to shutdown. The order of both ends is the protocol's (notes, 0 and 6): offer what
 * this machine has, subscribe to progress, then query; at the end shut down, close the requests, end the offer, and read
 * progress to its last event.
 *
 * <p>Thread-safe. Every method blocks; use virtual threads.
 */
public final class EngineSession implements AutoCloseable {
    private static final List<String> STREAMS = List.of("/v1/traces", "/v1/logs");

    /** So many characters of an answer that is none are shown. */
    private static final int LEGIBLE = 1000;

    private final SessionOptions options;
    private final Attachment attachment;
    private final HttpConnections requests;
    private final HttpConnections events;
    private final List<Thread> readers = new ArrayList<>();
    /** Said once, though there are several streams. */
    private final AtomicBoolean progressLost = new AtomicBoolean();

    private final AtomicBoolean closed = new AtomicBoolean();

    private EngineSession(SessionOptions options, Attachment attachment, EngineAddress address) {
        this.options = options;
        this.attachment = attachment;
        this.requests = new HttpConnections(address::open);
        this.events = new HttpConnections(address::open);
    }

    /**
     * Opens a session.
     *
     * @param address where the engine is
     * @param options who opens it and what for
     * @return the session, to be closed by the caller
     * @throws EngineUnavailableException if no engine is there, known within a second
     * @throws IOException if the engine is of no usable version or refuses the client; the message has the reason
     */
    public static EngineSession open(EngineAddress address, SessionOptions options) throws IOException {
        // The cheapest question first: an engine that is not there is said at once, before anything bigger is loaded.
        try (EngineCheck check = EngineCheck.begin(address)) {
            CompletableFuture<Attachment> attaching = attach(address, options);
            boolean usable = false;
            try {
                check.await(ClientVersion.normalize(options.identity().effectiveVersion(), ClientVersion.MINIMUM));
                usable = true;
            } finally {
                if (!usable) {
                    var _ = attaching.thenAccept(Attachment::close);
                }
            }
            return begin(new EngineSession(options, attached(attaching, options.openTimeout()), address));
        }
    }

    private static CompletableFuture<Attachment> attach(EngineAddress address, SessionOptions options) {
        CompletableFuture<Attachment> attaching = new CompletableFuture<>();
        ClientThread.start("attach", () -> {
            try {
                attaching.complete(options.attacher().attach(address, options.identity()));
            } catch (IOException | RuntimeException e) {
                attaching.completeExceptionally(e);
            }
        });
        return attaching;
    }

    private static Attachment attached(CompletableFuture<Attachment> attaching, Duration timeout) throws IOException {
        try {
            return await(attaching, timeout, "what this machine offers could not be offered to the engine");
        } catch (IOException e) {
            var _ = attaching.thenAccept(Attachment::close);
            throw e;
        }
    }

    private static <T> T await(CompletableFuture<T> part, Duration timeout, String otherwise) throws IOException {
        try {
            return part.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException(
                    "the engine took a session, but has not answered for " + timeout.toSeconds()
                            + " s; is it stopped, or its machine out of memory?",
                    e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException known ? known : new IOException(otherwise, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a session with the engine was opened", e);
        }
    }

    private static EngineSession begin(EngineSession session) throws IOException {
        boolean subscribed = false;
        try {
            session.initialise();
            session.subscribe();
            subscribed = true;
            return session;
        } finally {
            if (!subscribed) {
                session.events.close(); // There is no progress to read to its end.
                session.close();
            }
        }
    }

    /** Makes the engine create the client, which {@code /v1/*} never does; the answer has its reason for a refusal. */
    private void initialise() throws IOException {
        var initialised = new CompletableFuture<Boolean>();
        ClientThread.start("init", () -> {
            try {
                askToInitialise();
                initialised.complete(true);
            } catch (IOException | RuntimeException e) {
                initialised.completeExceptionally(e);
            }
        });
        await(initialised, options.openTimeout(), "the engine's session cannot be opened");
    }

    private void askToInitialise() throws IOException {
        try (HttpReply reply = requests.send(HttpRequest.of("POST", "/init", fields(List.of()), new byte[0]))) {
            String text = reply.text().strip();
            int status = reply.head().status();
            if (status >= 300 || (status == 200 && !text.isEmpty())) {
                throw new IOException(
                        "the engine refuses the session: " + (text.isEmpty() ? "status " + status : text));
            }
        }
    }

    /** Waits for the heads of all streams, so that nothing that happens from now on is missed. */
    private void subscribe() throws IOException {
        var subscribed = new ArrayList<CompletableFuture<HttpReply>>();
        for (String path : STREAMS) {
            var reply = new CompletableFuture<HttpReply>();
            subscribed.add(reply);
            readers.add(ClientThread.start("progress " + path, () -> follow(path, reply)));
        }
        for (CompletableFuture<HttpReply> reply : subscribed) {
            await(reply, options.openTimeout(), "the engine's progress cannot be followed");
        }
    }

    private void follow(String path, CompletableFuture<HttpReply> subscribed) {
        HttpReply reply;
        try {
            reply = subscribe(path);
        } catch (IOException | RuntimeException e) {
            subscribed.completeExceptionally(e);
            return;
        }
        subscribed.complete(reply);
        read(path, reply);
    }

    private HttpReply subscribe(String path) throws IOException {
        HttpReply reply = events.send(HttpRequest.of("GET", path, fields(List.of()), new byte[0]));
        if (reply.head().status() != 200) {
            String reason = reply.text().strip();
            reply.close();
            throw new IOException("the engine refuses progress of " + path + ": " + reason);
        }
        return reply;
    }

    private void read(String path, HttpReply reply) {
        try (reply) {
            new EventStream(options.telemetry()).read(reply.body());
        } catch (IOException e) {
            log().log(System.Logger.Level.DEBUG, "the engine stopped telling progress of " + path, e);
            if (!closed.get() && progressLost.compareAndSet(false, true)) {
                log().log(System.Logger.Level.WARNING, "the engine stopped telling progress: {0}", e.getMessage());
            }
        }
    }

    /** Who this client is. */
    public ClientMetadata identity() {
        return options.identity();
    }

    /** The trace that requests without one of their own belong to. */
    public TraceContext trace() {
        return options.trace();
    }

    /**
     * Runs a query.
     *
     * @param document the GraphQL document
     * @param variables its variables, by name
     * @return the value of {@code data}
     * @throws QueryException if the engine answers with errors
     * @throws IOException if the engine cannot be reached or answers something else
     */
    public JsonNode query(String document, Map<String, JsonNode> variables) throws QueryException, IOException {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("query", document);
        ObjectNode named = body.putObject("variables");
        variables.forEach(named::set);
        List<HttpField> fields =
                List.of(new HttpField("Content-Type", "application/json"), new HttpField("Accept", "application/json"));
        HttpRequest request =
                HttpRequest.of("POST", "/query", fields(fields), body.toString().getBytes(StandardCharsets.UTF_8));
        String text;
        int status;
        try (HttpReply reply = requests.send(request)) {
            text = reply.text();
            status = reply.head().status();
        } catch (IOException e) {
            throw new EngineLostException(e);
        }
        JsonNode answer = parse(text);
        List<JsonNode> errors = new ArrayList<>();
        answer.path("errors").forEach(errors::add);
        if (!errors.isEmpty()) {
            throw new QueryException(errors);
        }
        if (!answer.has("data")) {
            throw new IOException("the engine answered " + status + ": " + beginning(text.strip()));
        }
        return answer.path("data");
    }

    /** As much of an answer as a person reads. */
    private static String beginning(String text) {
        return text.length() <= LEGIBLE ? text : Beginning.of(text, LEGIBLE) + "...";
    }

    private static JsonNode parse(String text) {
        try {
            return AnswerJson.read(text);
        } catch (JsonProcessingException e) {
            log().log(System.Logger.Level.DEBUG, "an answer is no JSON", e);
            return MissingNode.getInstance();
        }
    }

    /**
     * Passes a request on to the engine as this client's.
     *
     * @param method its method
     * @param path its path
     * @param head where its other fields come from; identity and authorization are replaced
     * @param body its body, read while it is sent
     * @param inFlight told of the request, so that it can be given up
     * @return the engine's answer, to be closed by the caller
     * @throws IOException if the engine cannot be reached
     */
    public HttpReply forward(String method, String path, HttpHead head, HttpBody body, InFlight inFlight)
            throws IOException {
        List<HttpField> fields = head.endToEnd().stream()
                .filter(field -> !field.name().equalsIgnoreCase("Host")
                        && !field.name().equalsIgnoreCase("Content-Length")
                        && !field.name().equalsIgnoreCase("Expect")
                        && !field.name().equalsIgnoreCase("Authorization")
                        && !field.name().equalsIgnoreCase(ClientMetadata.HEADER))
                .toList();
        return requests.send(HttpRequest.streaming(method, path, fields(fields), body, body.length()), inFlight);
    }

    private List<HttpField> fields(List<HttpField> given) {
        List<HttpField> fields = new ArrayList<>(given);
        fields.add(new HttpField(ClientMetadata.HEADER, options.identity().encode()));
        if (given.stream().noneMatch(field -> field.name().equalsIgnoreCase("traceparent"))) {
            fields.add(new HttpField("traceparent", options.trace().traceparent()));
        }
        return fields;
    }

    /**
     * Ends the session: no longer than {@link SessionOptions#shutdownTimeout} for the engine's part, and as long again for
     * the rest of the progress. Running requests end with an error. Does nothing the second time.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        shutdown();
        requests.close();
        attachment.close();
        long deadline = System.nanoTime() + options.shutdownTimeout().toNanos();
        for (Thread reader : readers) {
            try {
                if (!reader.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))) {
                    log().log(System.Logger.Level.WARNING, "the engine did not end its progress in time");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        events.close();
    }

    private void shutdown() {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        ClientThread.start("shutdown", () -> {
            try (HttpReply reply = requests.send(HttpRequest.of("POST", "/shutdown", fields(List.of()), new byte[0]))) {
                reply.text();
                answer.complete(reply.head().status());
            } catch (IOException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            answer.get(options.shutdownTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            log().log(System.Logger.Level.DEBUG, "the engine was gone before it could end the session", e);
        } catch (TimeoutException e) {
            log().log(System.Logger.Level.WARNING, "the engine did not end the session in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Not made before there is something to log: that takes long, and most commands log nothing. */
    private static System.Logger log() {
        return System.getLogger(EngineSession.class.getName());
    }
}
