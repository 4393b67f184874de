package org.buildengine.server.graphql;

import static java.util.Objects.requireNonNull;

import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.execution.preparsed.PreparsedDocumentEntry;
import graphql.introspection.GoodFaithIntrospection;
import graphql.language.Document;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.buildengine.server.core.ApiException;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions about the schema itself ({@code __schema} and {@code __type}) by the library's introspection. Each
 * of these root fields is made a document of its own, so that it can stand beside fields that we run ourselves; it has
 * been checked before, as a part of the document that it is from. Nothing here blocks, but the
 * first question may wait until the library has read the schema.
 */
final class SchemaQuestions {
    private static final String DOCUMENT = SchemaQuestions.class.getName();

    private SchemaQuestions() {}

    /** Made when it is first asked, and once: the library takes its time to read the schema. */
    private static final class Library {
        private static final GraphQL INTROSPECTION = GraphQL.newGraphQL(SchemaFiles.read())
                .preparsedDocumentProvider(
                        (input, parse) -> CompletableFuture.completedFuture(new PreparsedDocumentEntry(requireNonNull(
                                (Document) input.getGraphQLContext().get(DOCUMENT)))))
                .build();
    }

    /** Lets the library read the schema, so that the first question need not wait for it. */
    static void prepare() {
        requireNonNull(Library.INTROSPECTION);
    }

    /** Whether {@code field} of {@code type} is such a question. */
    static boolean owns(String type, String field) {
        return type.equals(ApiSchema.QUERY) && (field.equals("__schema") || field.equals("__type"));
    }

    /** The answer, as it is to be written. */
    @Nullable
    static Object answer(FieldCollector.Asked asked, FieldCollector collector) throws ApiException {
        ExecutionInput input = ExecutionInput.newExecutionInput("{ __schema }")
                .graphQLContext(Map.of(
                        DOCUMENT,
                        QuestionDocument.of(asked, collector),
                        GoodFaithIntrospection.GOOD_FAITH_INTROSPECTION_DISABLED,
                        true))
                .build();
        ExecutionResult result = Library.INTROSPECTION.execute(input);
        if (!result.getErrors().isEmpty()) {
            throw new IllegalStateException(result.getErrors().getFirst().getMessage());
        }
        Map<String, @Nullable Object> data = requireNonNull(result.getData());
        return written(data.get(asked.field().key()));
    }

    private static @Nullable Object written(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                var object = new Answer.Obj(
                        map.keySet().stream().map(String::valueOf).toList());
                int index = 0;
                for (Object member : map.values()) {
                    object.set(index++, written(member));
                }
                yield object;
            }
            case List<?> list -> {
                var many = new Answer.Many(list.size());
                for (int i = 0; i < list.size(); i++) {
                    many.set(i, written(list.get(i)));
                }
                yield many;
            }
            case null, default -> value;
        };
    }
}
