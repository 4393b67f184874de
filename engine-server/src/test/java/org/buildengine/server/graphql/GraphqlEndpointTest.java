package org.buildengine.server.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests are taken, and with which status, content type and body they are answered. */
class GraphqlEndpointTest {
    private static final String DATA = "{\"data\":{\"version\":\"v0.21.8\"}}";
    private static final String VERSION = "{\"query\":\"{ version }\"}";
    private static final String UNSUPPORTED = "{\"errors\":[{\"message\":\"transport not supported\"}],\"data\":null}";
    private static final String NOTHING = "{\"errors\":[{\"message\":\"no operation provided\",\"extensions\":"
            + "{\"code\":\"GRAPHQL_VALIDATION_FAILED\"}}],\"data\":null}";

    private final Door door = new Door();

    private GraphqlResponse post(String contentType, String accept, String body) throws InterruptedException {
        return door.request("POST", "/query", Map.of("CONTENT-TYPE", contentType, "Accept", accept), body);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                " | application/json",
                "*/* | application/json",
                "application/json | application/json",
                "application/json;q=0.5 | application/json",
                "text/html, application/json | application/json",
                "application/graphql-response+json | application/graphql-response+json",
                "application/graphql-response+json, application/json | application/graphql-response+json",
                "text/html | application/graphql-response+json",
            })
    void contentTypeFollowsAccept(String accept, String expected) throws Exception {
        GraphqlResponse response = post("application/json", accept == null ? "" : accept, VERSION);

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.contentType()).contains(expected);
        assertThat(response.text()).isEqualTo(DATA);
    }

    @Test
    void anInvalidDocumentIs422OrWithTheNewerContentType400() throws Exception {
        String invalid = "{\"query\":\"{ nope }\"}";

        assertThat(post("application/json", "", invalid).status()).isEqualTo(422);
        GraphqlResponse newer = post("application/json", "application/graphql-response+json", invalid);
        assertThat(newer.status()).isEqualTo(400);
        assertThat(newer.contentType()).contains("application/graphql-response+json");
        assertThat(newer.text()).contains("Cannot query field \\\"nope\\\" on type \\\"Query\\\".");
    }

    @Test
    void parametersOfTheContentTypeDoNotMatter() throws Exception {
        assertThat(post("application/json; charset=utf-8", "", VERSION).text()).isEqualTo(DATA);
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "text/plain", "application/graphql", "application/x-www-form-urlencoded"})
    void otherContentTypesAreRefused(String contentType) throws Exception {
        GraphqlResponse response = post(contentType, "", VERSION);

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.contentType()).contains("text/plain; charset=utf-8");
        assertThat(response.text()).isEqualTo(UNSUPPORTED);
    }

    @Test
    void otherMethodsAreRefused() throws Exception {
        GraphqlResponse put = door.request("PUT", "/query", Map.of("Content-Type", "application/json"), VERSION);
        assertThat(put.status()).isEqualTo(400);
        assertThat(put.text()).isEqualTo(UNSUPPORTED);

        GraphqlResponse options = door.request("OPTIONS", "/query", Map.of(), "");
        assertThat(options.status()).isEqualTo(200);
        assertThat(options.contentType()).isEmpty();
        assertThat(options.headers()).containsEntry("Allow", "OPTIONS, GET, POST");
        assertThat(options.text()).isEmpty();

        GraphqlResponse head = door.request("HEAD", "/query", Map.of(), "");
        assertThat(head.status()).isEqualTo(405);
        assertThat(head.contentType()).isEqualTo(Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/nope", "/query/"})
    void otherPathsAreNotFound(String path) throws Exception {
        GraphqlResponse response = door.request("POST", path, Map.of("Content-Type", "application/json"), VERSION);

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.contentType()).contains("text/plain; charset=utf-8");
        assertThat(response.text()).isEqualTo("404 page not found\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"query\":null}", "{\"query\":\"\"}", "{\"query\":\"  # nothing\"}"})
    void aRequestWithoutOperationIsRefused(String body) throws Exception {
        GraphqlResponse response = door.post(body);

        assertThat(response.status()).isEqualTo(422);
        assertThat(response.text()).isEqualTo(NOTHING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/query", "/query?query=%7Bversion%7D"})
    void getAsksForNothing(String target) throws Exception {
        GraphqlResponse response = door.request("GET", target, Map.of(), "");

        assertThat(response.status()).isEqualTo(422);
        assertThat(response.text()).isEqualTo(NOTHING);
    }

    @Test
    void anEmptyBodyEndsTooEarly() throws Exception {
        GraphqlResponse response = door.post("");

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.contentType()).contains("application/json");
        assertThat(response.text())
                .isEqualTo(
                        "{\"errors\":[{\"message\":\"json request body could not be decoded: EOF\"}],\"data\":null}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{not json | Unexpected character",
                "[{\"query\":\"{ version }\"}] | an object is expected",
                "{\"query\":\"{ version }\",\"variables\":\"x\"} | \\\"variables\\\" has to be an object",
                "{\"query\":7} | \\\"query\\\" has to be a string",
                "{\"query\":\"{ version }\",\"operationName\":[]} | \\\"operationName\\\" has to be a string",
                "null | an object is expected",
            })
    void anUndecodableBodyIsABadRequest(String body, String why) throws Exception {
        GraphqlResponse response = door.post(body);

        assertThat(response.status()).isEqualTo(400);
        assertThat(response.text())
                .startsWith("{\"errors\":[{\"message\":\"json request body could not be decoded: ")
                .contains(why)
                .endsWith("\"data\":null}");
    }

    @Test
    void aDocumentThatStopsEarlySaysWhere() throws Exception {
        GraphqlResponse response = door.query("{ version");

        assertThat(response.status()).isEqualTo(422);
        assertThat(response.text())
                .isEqualTo("{\"errors\":[{\"message\":\"Expected Name, found <EOF>\",\"locations\":"
                        + "[{\"line\":1,\"column\":10}],"
                        + "\"extensions\":{\"code\":\"GRAPHQL_PARSE_FAILED\"}}],\"data\":null}");
    }

    @Test
    void theNullByteAndOtherUnicodeSurviveTheWay() throws Exception {
        String text = "a\u0000\u00e9\u4e2d\ud83d\ude00\"\\\n";
        String query = "query($c: String!) { file(name: \"f\", contents: $c) { contents } }";

        GraphqlResponse response = door.query(query, Map.of("variables", Map.of("c", text)));

        assertThat(Door.MAPPER
                        .readTree(response.text().getBytes(StandardCharsets.UTF_8))
                        .at("/data/file/contents")
                        .asText())
                .isEqualTo(text);
    }
}
