package org.buildengine.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The engine answered a query with errors. The message is that of the first, as people should read it, with its code. */
public final class QueryException extends Exception {
    private static final long serialVersionUID = 1;

    /** The engine names the failing span at the end of a message (protocol notes, 1.6); it is for programs. */
    private static final Pattern MARKER = Pattern.compile("\\s*\\[traceparent:[0-9a-f]{32}-[0-9a-f]{16}\\]");

    private final transient List<JsonNode> errors;

    /**
     * Makes the failure.
     *
     * @param errors the errors of the answer, at least one
     */
    public QueryException(List<JsonNode> errors) {
        super(text(errors));
        this.errors = List.copyOf(errors);
    }

    private static String text(List<JsonNode> errors) {
        JsonNode first = errors.isEmpty() ? MissingNode.getInstance() : errors.getFirst();
        String message = first.path("message").asText("the engine gave no reason");
        return MARKER.matcher(message).replaceAll("") + place(first) + code(first);
    }

    /** Where in the answer the error belongs; of a document that could not be run, where in its text. */
    private static String place(JsonNode error) {
        JsonNode path = error.path("path");
        if (path.isArray() && !path.isEmpty()) {
            return " (at " + joined(path) + ")";
        }
        JsonNode location = error.path("locations").path(0);
        return location.has("line") && location.has("column")
                ? " (at line " + location.get("line").asInt() + ", column "
                        + location.get("column").asInt() + ")"
                : "";
    }

    /** What programs tell errors apart by; those of failed commands have a type instead. */
    private static String code(JsonNode error) {
        JsonNode extensions = error.path("extensions");
        String code = extensions.path("code").asText(extensions.path("_type").asText());
        return code.isEmpty() ? "" : " [" + code + "]";
    }

    private static String joined(JsonNode path) {
        StringBuilder text = new StringBuilder();
        path.forEach(part -> text.append(text.isEmpty() ? "" : ".").append(part.asText()));
        return text.toString();
    }

    /** All errors of the answer, as GraphQL has them. */
    public List<JsonNode> errors() {
        return errors;
    }

    /** The exit code of the step that failed, if a failing step is the reason. */
    public Optional<Integer> exitCode() {
        return errors.stream()
                .map(error -> error.path("extensions"))
                .filter(extensions -> extensions.path("_type").asText().equals("EXEC_ERROR"))
                .map(extensions -> extensions.path("exitCode").asInt(-1))
                .findFirst();
    }
}
