package org.buildengine.server.graphql;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.DaggerClient;

/**
 * The GraphQL door as a function from request to response: which requests are taken, with which status, content type
 * and shape of errors they are answered. Immutable but for its cache of documents; safe for use by several threads.
 *
 * <p>The statuses follow the GraphQL-over-HTTP draft where clients ask for its content type, and what clients of the
 * protocol have always got otherwise: 422 for a document that cannot be run, 200 for one that was, even if it failed.
 */
public final class GraphqlEndpoint {
    private static final String PATH = "/query";
    private static final String JSON = "application/json";
    private static final String GRAPHQL_JSON = "application/graphql-response+json";
    private static final String TEXT = "text/plain; charset=utf-8";

    private final ApiSchema schema;
    private final FieldTable fields;
    private final QueryRunner runner;

    /**
     * A door to the fields of {@code fields}, which are not to change any more.
     *
     * @throws IllegalStateException if a field is registered that the schema does not have
     */
    public GraphqlEndpoint(
            EngineFacts facts, FieldTable fields, ObjectTable objects, JobOpener jobs, FieldObserver observer) {
        this.schema = ApiSchema.load();
        this.fields = fields;
        fields.verify(schema);
        var coercion = new Coercion(schema);
        var engine = new Execution.Engine(schema, coercion, fields, new DoorFields(schema, facts, objects));
        this.runner = new QueryRunner(engine, new CheckedDocuments(schema, coercion), jobs, observer);
    }

    /**
     * Starts, on a thread of its own, what the first question about the schema would otherwise wait for: some SDKs ask one
     * before anything else.
     */
    public static void prepare() {
        Thread.ofPlatform().daemon().name("schema").start(SchemaQuestions::prepare);
    }

    /** The fields of the schema that nobody implements, as {@code Type.field}, sorted. */
    public List<String> unsupportedFields() {
        return fields.missing(schema);
    }

    /**
     * Answers one request. Blocks until every field is resolved; to be called on a virtual thread.
     *
     * @throws InterruptedException if the calling thread was interrupted: the query, and all that it demanded, is given
     *     up, and nobody waits for an answer
     */
    public GraphqlResponse handle(GraphqlRequest request, DaggerClient client) throws InterruptedException {
        if (!request.path().equals(PATH)) {
            return text(404, "404 page not found\n");
        }
        return switch (request.method()) {
            case "OPTIONS" -> GraphqlResponse.empty(200, Map.of("Allow", "OPTIONS, GET, POST"));
            case "HEAD" -> GraphqlResponse.empty(405, Map.of());
            case "GET" -> answer(request, QueryRunner.NO_OPERATION);
            case "POST" -> isJson(request) ? post(request, client) : unsupported();
            default -> unsupported();
        };
    }

    private GraphqlResponse post(GraphqlRequest request, DaggerClient client) throws InterruptedException {
        QueryBody body;
        try {
            body = QueryBody.parse(request.bodyBytes());
        } catch (QueryBody.UndecodableException e) {
            return GraphqlResponse.of(
                    400,
                    responseType(request),
                    Answer.errors(List.of(GraphqlError.of(String.valueOf(e.getMessage())))));
        }
        return answer(request, runner.run(body, request.headers(), client));
    }

    private static GraphqlResponse answer(GraphqlRequest request, QueryRunner.Result result) {
        String type = responseType(request);
        int status = switch (result.kind()) {
            case RUN -> 200;
            case REFUSED -> type.equals(JSON) ? 422 : 400;
        };
        return GraphqlResponse.of(status, type, result.body());
    }

    private static GraphqlResponse unsupported() {
        return text(400, "{\"errors\":[{\"message\":\"transport not supported\"}],\"data\":null}");
    }

    private static GraphqlResponse text(int status, String body) {
        return GraphqlResponse.of(status, TEXT, body.getBytes(StandardCharsets.UTF_8));
    }

    private static boolean isJson(GraphqlRequest request) {
        return request.header("content-type")
                .filter(type -> media(type).equals(JSON))
                .isPresent();
    }

    /** The first type of the {@code Accept} header that we can answer with. */
    private static String responseType(GraphqlRequest request) {
        Optional<String> accept = request.header("accept");
        if (accept.isEmpty()) {
            return JSON;
        }
        for (String item : accept.get().split(",", -1)) {
            switch (media(item)) {
                case JSON, "*/*", "application/*" -> {
                    return JSON;
                }
                case GRAPHQL_JSON -> {
                    return GRAPHQL_JSON;
                }
                default -> {}
            }
        }
        return GRAPHQL_JSON;
    }

    private static String media(String value) {
        int end = value.indexOf(';');
        return (end < 0 ? value : value.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }
}
