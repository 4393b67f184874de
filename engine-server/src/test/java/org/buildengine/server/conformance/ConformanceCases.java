package org.buildengine.server.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All cases.
 *
 * <p>Placeholders in documents and expectations that the driver fills: {@code ALPINE} (an image reference),
 * {@code HTTPD} and {@code GITD} (host and port of servers, see the cases C65, C6A and C66), {@code REG} (a registry),
 * {@code WORKDIR} (the session's working directory). A case that needs {@code host} finds there: {@code a.txt} with
 * "A", {@code keep.md} with "K", {@code sub/b.txt} with "B", {@code .gitignore} with "*.md", an empty directory
 * {@code .git}, {@code tok.txt} with "filesecret", and {@code CASE_SECRET=abc} in the environment of the session.
 */
public final class ConformanceCases {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ConformanceCases() {}

    /** All cases, in the order of their names. */
    public static List<ConformanceCase> load() {
        var cases = new ArrayList<ConformanceCase>();
        for (String id : read("index.txt").lines().toList()) {
            try {
                cases.add(parse(MAPPER.readTree(read(id + ".json"))));
            } catch (IOException e) {
                throw new UncheckedIOException(id, e);
            }
        }
        return cases;
    }

    private static ConformanceCase parse(JsonNode json) {
        var steps = new ArrayList<ConformanceCase.Step>();
        json.path("steps").forEach(step -> steps.add(step(step)));
        return new ConformanceCase(
                json.path("id").asText(),
                json.path("title").asText(),
                texts(json.path("needs")),
                texts(json.path("uses")),
                Optional.ofNullable(json.get("elsewhere")).map(JsonNode::asText),
                steps);
    }

    private static ConformanceCase.Step step(JsonNode json) {
        var captures = new LinkedHashMap<String, String>();
        json.path("capture")
                .properties()
                .forEach(entry -> captures.put(entry.getKey(), entry.getValue().asText()));
        return new ConformanceCase.Step(
                json.path("query").asText(),
                Optional.ofNullable(json.get("variables")),
                json.path("operationName").asText(""),
                Optional.ofNullable(json.get("prepare"))
                        .map(prepare -> prepare.path("write").asText()),
                json.path("follows").asBoolean(),
                json.path("status").asInt(200),
                Map.copyOf(captures),
                json.path("expect"));
    }

    private static List<String> texts(JsonNode list) {
        var texts = new ArrayList<String>();
        list.forEach(element -> texts.add(element.asText()));
        return texts;
    }

    private static String read(String name) {
        try (InputStream in = ConformanceCases.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("no test resource " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
