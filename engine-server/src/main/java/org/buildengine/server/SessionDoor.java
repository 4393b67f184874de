package org.buildengine.server;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.SessionException.Code;
import org.buildengine.server.graphql.GraphqlRequest;
import org.buildengine.server.graphql.GraphqlResponse;
import org.buildengine.server.http.HttpHandler;
import org.buildengine.server.http.HttpReply;
import org.buildengine.server.http.HttpRequest;
import org.buildengine.server.http.Protocol;
import org.buildengine.server.telemetry.EventReader;
import org.buildengine.server.telemetry.Signal;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.ClientVersion;
import org.buildengine.session.transport.EngineAttachment;
import org.buildengine.solver.evidence.Cancellation;

/**
 * The paths of the session protocol. Paths are exact. Errors on {@code /query} are GraphQL documents, elsewhere plain
 * text; on event streams no error has a status of 5xx, because clients repeat those for ever.
 */
final class SessionDoor implements HttpHandler {
    private static final System.Logger LOG = System.getLogger(SessionDoor.class.getName());
    private static final JsonMapper JSON = new JsonMapper();
    private static final Map<String, Signal> SIGNALS = Map.of(
            "/v1/traces", Signal.TRACES,
            "/v1/logs", Signal.LOGS,
            "/v1/metrics", Signal.METRICS);

    private final Sessions sessions;
    private final SessionTimes times;
    private final QueryDoor queries;
    private final TelemetryStreams telemetry;

    SessionDoor(Sessions sessions, SessionTimes times, QueryDoor queries, TelemetryStreams telemetry) {
        this.sessions = sessions;
        this.times = times;
        this.queries = queries;
        this.telemetry = telemetry;
    }

    @Override
    public HttpReply handle(HttpRequest request) throws Exception {
        return switch (request.path()) {
            case "/query" -> query(request);
            case "/init" -> init(request);
            case "/shutdown" -> shutdown(request);
            case "/sessionAttachables" -> attach(request);
            case "/v1/traces", "/v1/logs", "/v1/metrics" -> events(request);
            default -> HttpReply.text(404, "404 page not found\n");
        };
    }

    private static ClientMetadata identify(HttpRequest request) throws SessionException {
        ClientMetadata metadata;
        try {
            metadata = ClientMetadata.decode(
                    request.fields().first(ClientMetadata.HEADER).orElse(""));
        } catch (IllegalArgumentException e) {
            throw new SessionException(Code.BAD_METADATA, "failed to get client metadata: " + e.getMessage());
        }
        String version = metadata.effectiveVersion();
        ClientVersion own = CompatibleVersion.VERSION;
        if (!ClientVersion.normalize(version, own).isAccepted(own)) {
            throw new SessionException(
                    Code.INCOMPATIBLE_VERSION,
                    "incompatible client version " + version + ": this engine speaks " + own + " and needs at least "
                            + ClientVersion.MINIMUM);
        }
        return metadata;
    }

    private HttpReply query(HttpRequest request) throws Exception {
        Lease lease;
        try {
            lease = sessions.enter(identify(request));
        } catch (SessionException e) {
            return graphqlError(e.code().status(), e.code().name(), e.text());
        }
        try {
            HttpReply reply = answer(request, lease.client());
            lease.settle();
            return reply.then(lease::close);
        } catch (InterruptedException | InterruptedIOException e) {
            if (lease.client().session().phase() != SessionPhase.OPEN) {
                // The session waits for this answer too.
                lease.settle();
                return graphqlError(Code.SESSION_CLOSING.status(), Code.SESSION_CLOSING.name(), "session is closing")
                        .then(lease::close);
            }
            lease.close();
            throw e;
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.ERROR, "a query failed outside of its resolvers", e);
            return graphqlError(500, "INTERNAL", "internal error: " + e).then(lease::close);
        } catch (IOException | Error e) {
            lease.close();
            throw e;
        }
    }

    private HttpReply answer(HttpRequest request, DaggerClient client) throws IOException, InterruptedException {
        var graphql = new GraphqlRequest(
                request.method(),
                request.target(),
                request.fields().joined(),
                ByteBuffer.wrap(request.body().readAll()));
        GraphqlResponse response = queries.handle(graphql, client);
        Map<String, String> headers = new LinkedHashMap<>(response.headers());
        response.contentType().ifPresent(type -> headers.put("content-type", type));
        return new HttpReply.Fixed(response.status(), headers, response.body(), () -> {});
    }

    private static HttpReply graphqlError(int status, String code, String message) throws IOException {
        ObjectNode document = JSON.createObjectNode();
        ObjectNode error = document.putArray("errors").addObject();
        error.put("message", message);
        error.putObject("extensions").put("code", code);
        document.putNull("data");
        return HttpReply.bytes(status, "application/json", JSON.writeValueAsBytes(document));
    }

    private static HttpReply refusal(SessionException e) {
        return HttpReply.text(e.code().status(), e.text() + "\n");
    }

    private HttpReply init(HttpRequest request) {
        try {
            Lease lease = sessions.enter(identify(request));
            lease.settle();
            return HttpReply.empty(204).then(lease::close);
        } catch (SessionException e) {
            return refusal(e);
        }
    }

    /** Answers first; what follows from it happens in the background. A session that is not there is shut down already. */
    private HttpReply shutdown(HttpRequest request) {
        try {
            Lease lease = sessions.watch(identify(request));
            lease.settle();
            // whoever has the answer closes what it still asks for, perhaps before the rest of this
            sessions.announceShutDown(lease.client(), Cancellation.CLIENT_ENDED);
            return HttpReply.empty(200).then(() -> {
                lease.close();
                sessions.shutDown(lease.client(), Cancellation.CLIENT_ENDED);
            });
        } catch (SessionException e) {
            return e.code() == Code.UNKNOWN ? HttpReply.empty(200) : refusal(e);
        }
    }

    private HttpReply attach(HttpRequest request) {
        if (!request.method().equals("GET")) {
            return HttpReply.text(405, "Method Not Allowed\n").with("allow", "GET");
        }
        if (request.protocol() != Protocol.HTTP_1) {
            return HttpReply.text(500, "session attachables need a connection of their own: use HTTP/1.1\n");
        }
        try {
            Lease lease = sessions.enter(identify(request), Lease.Kind.ATTACH);
            lease.settle();
            try {
                lease.client().attaching().begin();
            } catch (SessionException e) {
                lease.close();
                throw e;
            }
            List<String> methods = request.fields().all(EngineAttachment.METHOD_HEADER);
            return new HttpReply.Handover(
                    new Attachment(
                            lease, methods, times, () -> sessions.shutDown(lease.client(), Cancellation.CLIENT_SILENT)),
                    () -> {});
        } catch (SessionException e) {
            return refusal(e);
        }
    }

    private HttpReply events(HttpRequest request) {
        Lease lease;
        try {
            lease = sessions.watch(identify(request));
        } catch (SessionException e) {
            return HttpReply.text(statusForStream(e.code()), e.text() + "\n");
        }
        if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
            return HttpReply.text(405, "Method Not Allowed\n")
                    .with("allow", "GET, HEAD")
                    .then(lease::close);
        }
        TelemetryStreams.Events events = subscribe(lease.client(), signal(request));
        return new HttpReply.Streaming(
                        200,
                        Map.of("content-type", "text/event-stream", "cache-control", "no-cache"),
                        out -> {
                            out.write(EventReader.SUBSCRIBED);
                            forward(events, out, lease.client());
                        },
                        () -> {})
                .then(lease::close);
    }

    private static Signal signal(HttpRequest request) {
        return java.util.Objects.requireNonNull(SIGNALS.get(request.path()), request.path());
    }

    /** Telemetry can lose data, but never keep a client from its work: without it the stream is empty. */
    private TelemetryStreams.Events subscribe(DaggerClient client, Signal signal) {
        try {
            return telemetry.subscribe(client, signal);
        } catch (IOException | IllegalStateException e) {
            LOG.log(System.Logger.Level.WARNING, "{0} gets no {1}: {2}", client, signal, e);
            return Optional::empty;
        }
    }

    private static void forward(
            TelemetryStreams.Events events, org.buildengine.server.http.ReplyStream out, DaggerClient client)
            throws IOException, InterruptedException {
        try {
            for (var event = events.next(); event.isPresent(); event = events.next()) {
                out.write(event.get());
            }
        } catch (InterruptedException e) {
            if (client.session().phase() == SessionPhase.OPEN) {
                throw e;
            }
            LOG.log(System.Logger.Level.DEBUG, "{0}: its event stream ends early", client);
        }
    }

    private static int statusForStream(Code code) {
        return switch (code) {
            case UNKNOWN -> 404;
            case WRONG_TOKEN -> 403;
            case SESSION_CLOSING, SHUTTING_DOWN -> 410;
            default -> 400;
        };
    }
}
