package org.buildengine.server.graphql;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request: the document, the name of the operation to run or the empty text, and the variables as JSON
 * has them.
 */
record QueryBody(String query, String operationName, Map<String, @Nullable Object> variables) {
    /** The body cannot be read. */
    static final class UndecodableException extends Exception {
        private static final long serialVersionUID = 1L;

        UndecodableException(String why) {
            super("json request body could not be decoded: " + why);
        }
    }

    /** Contents of files are written into documents, so a text may be as long as a body. */
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxStringLength(Integer.MAX_VALUE)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_LONG_FOR_INTS);

    static QueryBody parse(byte[] body) throws UndecodableException {
        try {
            Object decoded = body.length == 0 ? null : MAPPER.readValue(body, Object.class);
            if (body.length == 0) {
                throw new UndecodableException("EOF");
            }
            if (!(decoded instanceof Map<?, ?> members)) {
                throw new UndecodableException("an object is expected: {\"query\": ..., \"variables\": ...}");
            }
            return new QueryBody(
                    text(members, "query"), text(members, "operationName"), object(members.get("variables")));
        } catch (JsonProcessingException e) {
            throw new UndecodableException(e.getOriginalMessage());
        } catch (IOException e) {
            throw new UndecodableException(e.toString());
        }
    }

    private static String text(Map<?, ?> members, String name) throws UndecodableException {
        return switch (members.get(name)) {
            case null -> "";
            case String text -> text;
            default -> throw new UndecodableException("\"" + name + "\" has to be a string");
        };
    }

    private static Map<String, @Nullable Object> object(@Nullable Object value) throws UndecodableException {
        return switch (value) {
            case null -> Map.of();
            case Map<?, ?> map -> {
                var copy = new LinkedHashMap<String, @Nullable Object>();
                map.forEach((name, entry) -> copy.put(String.valueOf(name), entry));
                yield Collections.unmodifiableMap(copy);
            }
            default -> throw new UndecodableException("\"variables\" has to be an object");
        };
    }
}
