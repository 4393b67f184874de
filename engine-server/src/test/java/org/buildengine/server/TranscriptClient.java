package org.buildengine.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.http.Http2Client;
import org.buildengine.server.http.RawClient;
import org.buildengine.session.ClientMetadata;

/**
 * Speaks to an engine as Dagger's command line does: one connection for gRPC, one for the attachables, one for the event
 * streams, one for queries, each opened when it is needed. Works against any address. Used by one thread.
 */
final class TranscriptClient implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "dd4248b2-2863-4e15-a8f6-bf8dca30b2a6";
    private static final byte[] ACK_AND_SETTINGS = {0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 5, 0, 16, 0, 0};
    private static final String BAGGAGE = "global-logs-span=4d5e2c4a34fa2ba9";
    /** The trace that every request belongs to. */
    static final String TRACE = "00-b51c7a67e5009b115d1e600f3f8c429f-b780b39e6a780031-01";

    private static final List<String> METHODS = List.of(
            "/moby.filesync.v1.FileSync/DiffCopy",
            "/moby.filesync.v1.FileSend/DiffCopy",
            "/moby.buildkit.secrets.v1.Secrets/GetSecret",
            "/grpc.health.v1.Health/Check");

    private final InetSocketAddress address;
    private final ClientMetadata identity;
    private Optional<Http2Client> control = Optional.empty();
    private Optional<RawClient> attachables = Optional.empty();
    private Optional<Http2Client> telemetry = Optional.empty();
    private Optional<Http2Client> queries = Optional.empty();

    TranscriptClient(InetSocketAddress address, String client, String session) {
        this.address = address;
        this.identity = ClientMetadata.of(client, TOKEN, session, "v0.21.8");
    }

    /**
     * What an SDK adds to its queries; the command line passes it on.
     *
     * @param accept the types that it reads
     * @param encodings the encodings that it reads
     * @param agent its HTTP client
     */
    record Sdk(String accept, String encodings, String agent) {
        /** Seen in the recorded runs of a Node program. */
        static final Sdk TYPESCRIPT =
                new Sdk("application/graphql-response+json, application/json", "gzip, deflate, br", "node-fetch");
        /** Seen in the recorded runs of a Python program. */
        static final Sdk PYTHON = new Sdk("*/*", "gzip, deflate", "python-httpx/0.28.1");

        private Map<String, String> fields() {
            return Map.of("accept", accept, "accept-encoding", encodings, "user-agent", agent);
        }
    }

    ClientMetadata identity() {
        return identity;
    }

    InetSocketAddress address() {
        return address;
    }

    private Http2Client control() throws InterruptedException {
        if (control.isEmpty()) {
            control = Optional.of(new Http2Client(address, "localhost", new Http2Settings()));
        }
        return control.get();
    }

    private RawClient attachables() throws IOException {
        if (attachables.isEmpty()) {
            attachables = Optional.of(RawClient.tcp(address));
        }
        return attachables.get();
    }

    private Http2Client telemetry() throws InterruptedException {
        if (telemetry.isEmpty()) {
            telemetry = Optional.of(http());
        }
        return telemetry.get();
    }

    private Http2Client queries() throws InterruptedException {
        if (queries.isEmpty()) {
            queries = Optional.of(http());
        }
        return queries.get();
    }

    private Http2Client http() throws InterruptedException {
        return new Http2Client(
                address,
                "dagger",
                new Http2Settings()
                        .pushEnabled(false)
                        .initialWindowSize(4 << 20)
                        .maxFrameSize(16 << 10)
                        .maxHeaderListSize(10 << 20));
    }

    /** Asks who is there. */
    Http2Client.Answer info() throws Exception {
        return control()
                .exchange(
                        "POST",
                        "/moby.buildkit.v1.Control/Info",
                        Map.of(
                                "content-type", "application/grpc",
                                "user-agent", "grpc-go/1.80.0",
                                "te", "trailers",
                                "grpc-accept-encoding", "gzip",
                                "grpc-timeout", "597999m",
                                "traceparent", TRACE,
                                "baggage", BAGGAGE),
                        new byte[5]);
    }

    /** Asks for the attachables' connection, in so many segments; returns the head of the answer. */
    RawClient.Answer requestAttach(int segments) throws IOException {
        var head = new StringBuilder("GET /sessionAttachables HTTP/1.1\r\nHost: dagger\r\n"
                + "User-Agent: Go-http-client/1.1\r\nBaggage: " + BAGGAGE + "\r\nTraceparent: " + TRACE
                + "\r\nX-Dagger-Client-Metadata: " + identity.encode() + "\r\n");
        METHODS.forEach(method -> head.append("X-Docker-Expose-Session-Grpc-Method: " + method + "\r\n"));
        String text = head.append("\r\n").toString();
        for (int i = 0; i < segments; i++) {
            attachables().send(text.substring(text.length() * i / segments, text.length() * (i + 1) / segments));
        }
        return attachables().readHead();
    }

    /** Acknowledges, with the first frame in the same segment; returns what the engine begins with. */
    String acknowledge() throws IOException {
        attachables().send(ACK_AND_SETTINGS);
        return new String(attachables().readBytes(24), StandardCharsets.US_ASCII);
    }

    /** Waits for the end of the attachables' connection. */
    void awaitDetached() throws IOException {
        attachables().drain();
    }

    /** Closes the attachables' connection. */
    void detach() {
        attachables.ifPresent(RawClient::close);
    }

    /** The fields of every request over HTTP/2. */
    Map<String, String> fields() {
        var fields = new LinkedHashMap<String, String>();
        fields.put("x-dagger-client-metadata", identity.encode());
        fields.put("baggage", BAGGAGE);
        fields.put("traceparent", TRACE);
        fields.put(
                "authorization",
                "Basic " + Base64.getEncoder().encodeToString((TOKEN + ":").getBytes(StandardCharsets.UTF_8)));
        fields.put("accept-encoding", "gzip");
        fields.put("user-agent", "Go-http-client/2.0");
        return fields;
    }

    /** Subscribes to traces, logs and metrics, one after another. */
    List<Http2Client.Stream> subscribe() throws Exception {
        var traces = subscribe("/v1/traces");
        var logs = subscribe("/v1/logs");
        return List.of(traces, logs, subscribe("/v1/metrics"));
    }

    Http2Client.Stream subscribe(String path) throws Exception {
        Http2Client.Stream stream = telemetry().open("GET", path, fields(), true, true);
        stream.status();
        return stream;
    }

    /** Begins a query of {@code dagger query}. */
    Http2Client.Stream query(String text) throws Exception {
        var body = JSON.createObjectNode().put("query", text);
        body.putObject("variables");
        return send(body.put("operationName", ""), Map.of());
    }

    /** Begins a query of a program below {@code dagger run}. */
    Http2Client.Stream query(Sdk sdk, String text) throws Exception {
        return send(JSON.createObjectNode().put("query", text), sdk.fields());
    }

    private Http2Client.Stream send(ObjectNode body, Map<String, String> more) throws Exception {
        Map<String, String> fields = fields();
        fields.put("content-type", "application/json");
        fields.putAll(more);
        Http2Client.Stream stream = queries().open("POST", "/query", fields, true, false);
        stream.send(JSON.writeValueAsBytes(body), true);
        return stream;
    }

    /** Any other request on the connection of the queries. */
    Http2Client.Answer post(String path) throws Exception {
        return queries().open("POST", path, fields(), true, true).answer();
    }

    /** Says goodbye. */
    Http2Client.Answer shutdown() throws Exception {
        return post("/shutdown");
    }

    /** Closes all connections but that of the event streams, which is read to its end first. */
    void closeAllButTelemetry() {
        queries.ifPresent(Http2Client::close);
        control.ifPresent(Http2Client::close);
    }

    /** Vanishes. */
    @Override
    public void close() {
        control.ifPresent(Http2Client::close);
        attachables.ifPresent(RawClient::close);
        queries.ifPresent(Http2Client::close);
        telemetry.ifPresent(Http2Client::close);
    }
}
