package org.buildengine.server.graphql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.graphql.FieldObserver.Observation;
import org.buildengine.server.graphql.language.Document;
import org.buildengine.server.graphql.language.GraphqlSyntaxException;
import org.buildengine.session.Beginning;
import org.jspecify.annotations.Nullable;

/** Takes a request from its document to the bytes of its answer. */
final class QueryRunner {
    /** How much of a document an error repeats. */
    private static final int SHOWN = 4096;

    /** Whether the document was run. */
    enum Kind {
        RUN,
        REFUSED
    }

    /** The body of the answer. */
    static final class Result {
        private final Kind kind;
        private final byte[] body;

        private Result(Kind kind, byte[] body) {
            this.kind = kind;
            this.body = body;
        }

        Kind kind() {
            return kind;
        }

        byte[] body() {
            return body;
        }
    }

    /** The answer to a request without a document. */
    static final Result NO_OPERATION = refused(List.of(GraphqlError.validation("no operation provided")));

    private final Execution.Engine engine;
    private final CheckedDocuments documents;
    private final JobOpener jobs;
    private final FieldObserver observer;

    QueryRunner(Execution.Engine engine, CheckedDocuments documents, JobOpener jobs, FieldObserver observer) {
        this.engine = engine;
        this.documents = documents;
        this.jobs = jobs;
        this.observer = observer;
    }

    Result run(QueryBody body, Map<String, String> headers, DaggerClient client) throws InterruptedException {
        if (body.query().isEmpty()) {
            return NO_OPERATION;
        }
        ValidDocument valid;
        try {
            valid = documents.get(body.query());
        } catch (GraphqlSyntaxException e) {
            return refused(List.of(GraphqlError.parse(String.valueOf(e.getMessage()), e.position())));
        }
        if (!valid.errors().isEmpty()) {
            return refused(valid.errors());
        }
        List<Document.Operation> operations = valid.document().operations();
        if (operations.isEmpty()) {
            return NO_OPERATION;
        }
        Optional<Document.Operation> operation = choose(operations, body.operationName());
        if (operation.isEmpty()) {
            return refused(List.of(GraphqlError.validation("operation " + body.operationName() + " not found")));
        }
        var errors = new ArrayList<GraphqlError>();
        Map<String, @Nullable Object> variables = variables(operation.get(), body.variables(), errors);
        if (!errors.isEmpty()) {
            return refused(errors);
        }
        if (valid.literal().isPresent()) {
            return failed(List.of(GraphqlError.of("query:\n" + shown(body.query()) + "\n\nerror: "
                    + valid.literal().get())));
        }
        return execute(valid, operation.get(), variables, headers, client);
    }

    private Result execute(
            ValidDocument valid,
            Document.Operation operation,
            Map<String, @Nullable Object> variables,
            Map<String, String> headers,
            DaggerClient client)
            throws InterruptedException {
        var errorWriter = new ErrorWriter(Optional.ofNullable(headers.get("traceparent")));
        Observation seen = observer.operation(client, operation.name().orElse(""), headers);
        try (var job = new RequestJob(jobs, client, seen)) {
            var collector = new FieldCollector(engine.schema(), valid.fragments(), variables);
            var execution = new Execution(engine, collector, client, job, errorWriter);
            Execution.Outcome outcome = execution.run(operation, seen);
            end(
                    seen,
                    outcome.errors().isEmpty()
                            ? null
                            : outcome.errors().getFirst().message());
            return outcome.errors().isEmpty()
                    ? new Result(Kind.RUN, Answer.data(outcome.data()))
                    : failed(outcome.errors());
        } catch (InterruptedException e) {
            end(seen, "the request was cancelled");
            throw e;
        }
    }

    private static void end(Observation seen, @Nullable String error) {
        Optional<Throwable> why = Optional.ofNullable(error).map(IllegalStateException::new);
        seen.ended(new FieldObserver.FieldEnd(Optional.empty(), why));
    }

    private static Optional<Document.Operation> choose(List<Document.Operation> operations, String name) {
        if (name.isEmpty()) {
            return operations.size() == 1 ? Optional.of(operations.getFirst()) : Optional.empty();
        }
        return operations.stream()
                .filter(operation -> operation.name().orElse("").equals(name))
                .findFirst();
    }

    private Map<String, @Nullable Object> variables(
            Document.Operation operation, Map<String, @Nullable Object> given, List<GraphqlError> errors) {
        var values = new LinkedHashMap<String, @Nullable Object>();
        for (Document.Variable variable : operation.variables()) {
            String name = variable.name();
            try {
                if (given.containsKey(name)) {
                    values.put(name, engine.coercion().json(given.get(name), variable.type()));
                } else if (variable.defaultValue().isPresent()) {
                    values.put(
                            name,
                            engine.coercion().literal(variable.defaultValue().get(), variable.type(), Map.of()));
                } else if (variable.type().required()) {
                    errors.add(GraphqlError.variable("must be defined", name));
                }
            } catch (Coercion.MisfitException e) {
                errors.add(GraphqlError.variable(String.valueOf(e.getMessage()), name));
            }
        }
        return values;
    }

    private static String shown(String query) {
        return query.length() <= SHOWN ? query : Beginning.of(query, SHOWN) + "...";
    }

    private static Result refused(List<GraphqlError> errors) {
        return new Result(Kind.REFUSED, Answer.errors(errors));
    }

    private static Result failed(List<GraphqlError> errors) {
        return new Result(Kind.RUN, Answer.errors(errors));
    }
}
