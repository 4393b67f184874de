package org.buildengine.server.graphql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.TestClients;

/** A door over the fake core, with one client. */
final class Door {
    static final ObjectMapper MAPPER = new ObjectMapper();

    final ObjectTable objects = new ObjectTable();
    final DaggerClient client = TestClients.client(TestClients.session("s"));
    final GraphqlEndpoint endpoint;

    Door() {
        this(new FieldTable(), FieldObserver.NONE, (client, operation) -> {
            throw new AssertionError("nothing is demanded");
        });
    }

    Door(FieldTable fields, FieldObserver observer, JobOpener jobs) {
        FakeCore.register(fields);
        endpoint = new GraphqlEndpoint(new EngineFacts("v0.21.8", "linux/amd64"), fields, objects, jobs, observer);
    }

    GraphqlResponse request(String method, String target, Map<String, String> headers, String body)
            throws InterruptedException {
        var bytes = ByteBuffer.wrap(body.getBytes(StandardCharsets.UTF_8));
        return endpoint.handle(new GraphqlRequest(method, target, headers, bytes), client);
    }

    GraphqlResponse post(String body) throws InterruptedException {
        return request("POST", "/query", Map.of("Content-Type", "application/json"), body);
    }

    GraphqlResponse query(String query) throws InterruptedException {
        return query(query, Map.of());
    }

    GraphqlResponse query(String query, Map<String, Object> more) throws InterruptedException {
        var body = new HashMap<String, Object>(more);
        body.put("query", query);
        try {
            return post(MAPPER.writeValueAsString(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The body of the answer to a document. */
    String ask(String query) throws InterruptedException {
        return query(query).text();
    }

    /** The message of the first error of the answer to a document. */
    String error(String query) throws InterruptedException {
        try {
            return MAPPER.readTree(ask(query))
                    .path("errors")
                    .path(0)
                    .path("message")
                    .asText();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
