package org.buildengine.server.graphql;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.server.graphql.language.Position;

/** One entry of {@code errors}. Empty members are left out of the answer. */
record GraphqlError(String message, List<Object> path, Optional<Position> location, Map<String, Object> extensions) {
    private static final Map<String, Object> PARSE = Map.of("code", "GRAPHQL_PARSE_FAILED");
    private static final Map<String, Object> VALIDATION = Map.of("code", "GRAPHQL_VALIDATION_FAILED");

    static GraphqlError of(String message) {
        return new GraphqlError(message, List.of(), Optional.empty(), Map.of());
    }

    static GraphqlError parse(String message, Position at) {
        return new GraphqlError(message, List.of(), Optional.of(at), PARSE);
    }

    static GraphqlError validation(String message, Position at) {
        return new GraphqlError(message, List.of(), Optional.of(at), VALIDATION);
    }

    static GraphqlError validation(String message) {
        return new GraphqlError(message, List.of(), Optional.empty(), VALIDATION);
    }

    /** The value given for a variable does not fit. */
    static GraphqlError variable(String message, String variable) {
        return new GraphqlError(message, List.of("variable", variable), Optional.empty(), VALIDATION);
    }
}
