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
 * been checked before, as a part of the document that it is from. Immutable; nothing here blocks.
 */
final class SchemaQuestions {
    private static final String DOCUMENT = SchemaQuestions.class.getName();

    private final GraphQL introspection;

    SchemaQuestions(ApiSchema schema) {
        this.introspection = GraphQL.newGraphQL(schema.served())
                .preparsedDocumentProvider(
                        (input, parse) -> CompletableFuture.completedFuture(new PreparsedDocumentEntry(requireNonNull(
                                (Document) input.getGraphQLContext().get(DOCUMENT)))))
                .build();
    }

    /** Whether {@code field} of {@code type} is such a question. */
    static boolean owns(String type, String field) {
        return type.equals(ApiSchema.QUERY) && (field.equals("__schema") || field.equals("__type"));
    }

    /** The answer, as it is to be written. */
    @Nullable
    Object answer(FieldCollector.Asked asked, FieldCollector collector) throws ApiException {
        ExecutionInput input = ExecutionInput.newExecutionInput("{ __schema }")
                .graphQLContext(Map.of(
                        DOCUMENT,
                        QuestionDocument.of(asked, collector),
                        GoodFaithIntrospection.GOOD_FAITH_INTROSPECTION_DISABLED,
                        true))
                .build();
        ExecutionResult result = introspection.execute(input);
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
