package org.buildengine.client.telemetry;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.StreamSupport;
import org.buildengine.client.telemetry.SpanUpdate.Link;
import org.buildengine.client.telemetry.SpanUpdate.Status;

/**
 * Reads the JSON form of OTLP that protobuf defines: ids are base64, 64-bit numbers are text, enumerations are names. (It
 * is not OTLP/JSON, whose ids are hexadecimal; those would decode to garbage here.)
 */
final class OtlpJson {
    private OtlpJson() {}

    static List<SpanUpdate> spans(JsonNode request) {
        List<SpanUpdate> spans = new ArrayList<>();
        for (JsonNode resource : request.path("resourceSpans")) {
            for (JsonNode scope : resource.path("scopeSpans")) {
                for (JsonNode span : scope.path("spans")) {
                    spans.add(span(span));
                }
            }
        }
        return spans;
    }

    static List<OutputRecord> outputs(JsonNode request) {
        List<OutputRecord> outputs = new ArrayList<>();
        for (JsonNode resource : request.path("resourceLogs")) {
            for (JsonNode scope : resource.path("scopeLogs")) {
                for (JsonNode entry : scope.path("logRecords")) {
                    Map<String, String> attributes = attributes(entry.path("attributes"));
                    outputs.add(new OutputRecord(
                            hex(entry.path("spanId")),
                            entry.path("body").path("stringValue").asText(""),
                            "true".equals(attributes.get("stdio.eof")),
                            "true".equals(attributes.get("dagger.io/logs.verbose"))));
                }
            }
        }
        return outputs;
    }

    private static SpanUpdate span(JsonNode span) {
        long start = number(span.path("startTimeUnixNano"));
        long end = number(span.path("endTimeUnixNano"));
        JsonNode status = span.path("status");
        // "Running" is an end before the start: 0, or a zero time of Go's that overflows into a negative number.
        return new SpanUpdate(
                hex(span.path("spanId")),
                hex(span.path("parentSpanId")),
                span.path("name").asText(""),
                start,
                end < start ? OptionalLong.empty() : OptionalLong.of(end),
                attributes(span.path("attributes")),
                switch (status.path("code").asText("")) {
                    case "STATUS_CODE_OK", "1" -> Status.OK;
                    case "STATUS_CODE_ERROR", "2" -> Status.ERROR;
                    default -> Status.UNSET;
                },
                status.path("message").asText(""),
                StreamSupport.stream(span.path("links").spliterator(), false)
                        .map(link -> new Link(
                                hex(link.path("spanId")),
                                attributes(link.path("attributes")).getOrDefault("dagger.io/link.purpose", "cause")))
                        .toList());
    }

    private static Map<String, String> attributes(JsonNode list) {
        Map<String, String> attributes = new HashMap<>();
        for (JsonNode attribute : list) {
            for (JsonNode value : attribute.path("value")) {
                if (value.isValueNode()) {
                    attributes.put(attribute.path("key").asText(), value.asText());
                }
            }
        }
        return attributes;
    }

    private static long number(JsonNode node) {
        String text = node.asText("0");
        return text.matches("[0-9]{1,20}") ? Long.parseUnsignedLong(text) : 0;
    }

    private static String hex(JsonNode id) {
        return HexFormat.of().formatHex(Base64.getDecoder().decode(id.asText("")));
    }
}
