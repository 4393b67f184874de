package org.buildengine.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.buildengine.server.http.Http2Client;
import org.buildengine.server.http.RawClient;
import org.buildengine.session.ClientMetadata;

/**
 * Speaks to an engine as Dagger's command line does: one connection for gRPC, one for the attachables, one for the event
 * streams, one for queries, opened in this order. Works against any address.
 */
final class TranscriptClient implements AutoCloseable {
    private static final byte[] ACK_AND_SETTINGS = {0, 0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 5, 0, 16, 0, 0};
    private static final String BAGGAGE = "global-logs-span=4d5e2c4a34fa2ba9";
    private static final String TRACE = "00-b51c7a67e5009b115d1e600f3f8c429f-b780b39e6a780031-01";
    private static final List<String> METHODS = List.of(
            "/moby.filesync.v1.FileSync/DiffCopy",
            "/moby.filesync.v1.FileSend/DiffCopy",
            "/moby.buildkit.secrets.v1.Secrets/GetSecret",
            "/grpc.health.v1.Health/Check");

    private final String metadata;
    private final Http2Client control;
    private final RawClient attachables;
    private final Http2Client telemetry;
    private final Http2Client queries;

    TranscriptClient(InetSocketAddress address, String client, String session)
            throws IOException, InterruptedException {
        this.metadata = ClientMetadata.of(client, "dd4248b2-2863-4e15-a8f6-bf8dca30b2a6", session, "v0.21.8")
                .encode();
        this.control = new Http2Client(address);
        this.attachables = RawClient.tcp(address);
        this.telemetry = new Http2Client(address);
        this.queries = new Http2Client(address);
    }

    /** Asks who is there. */
    Http2Client.Answer info() throws Exception {
        return control.exchange(
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
                + "\r\nX-Dagger-Client-Metadata: " + metadata + "\r\n");
        METHODS.forEach(method -> head.append("X-Docker-Expose-Session-Grpc-Method: " + method + "\r\n"));
        String text = head.append("\r\n").toString();
        for (int i = 0; i < segments; i++) {
            attachables.send(text.substring(text.length() * i / segments, text.length() * (i + 1) / segments));
        }
        return attachables.readHead();
    }

    /** Acknowledges, with the first frame in the same segment; returns what the engine begins with. */
    String acknowledge() throws IOException {
        attachables.send(ACK_AND_SETTINGS);
        return new String(attachables.readBytes(24), StandardCharsets.US_ASCII);
    }

    /** Waits for the end of the attachables' connection. */
    void awaitDetached() throws IOException {
        attachables.drain();
    }

    /** Closes the attachables' connection. */
    void detach() {
        attachables.close();
    }

    /** The fields of every request over HTTP/2. */
    Map<String, String> fields() {
        var fields = new LinkedHashMap<String, String>();
        fields.put("x-dagger-client-metadata", metadata);
        fields.put("baggage", BAGGAGE);
        fields.put("traceparent", TRACE);
        fields.put(
                "authorization",
                "Basic " + Base64.getEncoder().encodeToString("token:".getBytes(StandardCharsets.UTF_8)));
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
        Http2Client.Stream stream = telemetry.open("GET", path, fields(), true, true);
        stream.status();
        return stream;
    }

    /** Begins a query. */
    Http2Client.Stream query(String text) throws Exception {
        Map<String, String> fields = fields();
        fields.put("content-type", "application/json");
        Http2Client.Stream stream = queries.open("POST", "/query", fields, true, false);
        stream.send(
                ("{\"query\":\"" + text + "\",\"variables\":{},\"operationName\":\"\"}")
                        .getBytes(StandardCharsets.UTF_8),
                true);
        return stream;
    }

    /** Any other request on the connection of the queries. */
    Http2Client.Answer post(String path) throws Exception {
        return queries.open("POST", path, fields(), true, true).answer();
    }

    /** Says goodbye. */
    Http2Client.Answer shutdown() throws Exception {
        return post("/shutdown");
    }

    /** Vanishes. */
    @Override
    public void close() {
        control.close();
        attachables.close();
        queries.close();
        telemetry.close();
    }
}
