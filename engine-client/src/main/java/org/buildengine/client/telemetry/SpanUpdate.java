package org.buildengine.client.telemetry;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One version of a span.
 *
 * @param id the span's id, 16 hexadecimal digits
 * @param parent the id of the span above it, empty for none
 * @param name what is done
 * @param start nanoseconds since 1970
 * @param end nanoseconds since 1970; absent while it runs
 * @param attributes scalar attributes as text, by name
 * @param status how it ended
 * @param message why it failed, may be empty
 * @param links ids of spans that it refers to
 */
public record SpanUpdate(
        String id,
        String parent,
        String name,
        long start,
        OptionalLong end,
        Map<String, String> attributes,
        Status status,
        String message,
        List<Link> links) {
    /** How a span ended. */
    public enum Status {
        /** Nothing was said, or it runs. */
        UNSET,
        /** It did what it should. */
        OK,
        /** It failed. */
        ERROR
    }

    /**
     * A reference to another span.
     *
     * @param spanId the other span
     * @param purpose {@code cause} unless it says otherwise
     */
    public record Link(String spanId, String purpose) {}

    /** Copies the collections. */
    public SpanUpdate {
        attributes = Map.copyOf(attributes);
        links = List.copyOf(links);
    }

    /** Whether a boolean attribute is set. */
    public boolean flag(String attribute) {
        return "true".equals(attributes.get(attribute));
    }

    /** An attribute as text. */
    public Optional<String> attribute(String name) {
        return Optional.ofNullable(attributes.get(name));
    }
}
