package org.buildengine.server.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Compares an answer with what a case expects. Special texts: {@code <any-string>}, {@code <any-int>},
 * {@code <re:...>} (the whole text matches), {@code <contains:...>}, {@code <not:...>} (another text),
 * {@code <superset:...>} (the list has at least these elements). Of errors, only the keys that are listed count, and
 * there may be more of them; {@code data} has to be null then.
 */
final class ExpectedJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final UnaryOperator<String> fill;

    ExpectedJson(UnaryOperator<String> fill) {
        this.fill = fill;
    }

    /** Adds to {@code differences} where {@code actual} is not as expected. */
    void compare(JsonNode expected, JsonNode actual, List<String> differences) {
        if (!expected.has("errors")) {
            if (actual.has("errors")) {
                differences.add("errors: " + actual.get("errors"));
            }
            node(expected.path("data"), actual.path("data"), "data", differences);
            return;
        }
        if (!actual.path("data").isNull()) {
            differences.add("data is not null beside errors");
        }
        JsonNode errors = expected.get("errors");
        if (actual.path("errors").size() != errors.size()) {
            differences.add(actual.path("errors").size() + " errors instead of " + errors.size());
        }
        for (int i = 0; i < errors.size(); i++) {
            error(errors.get(i), actual.path("errors").path(i), "errors." + i, differences);
        }
    }

    private void error(JsonNode expected, JsonNode actual, String path, List<String> differences) {
        for (var entry : expected.properties()) {
            JsonNode found = actual.path(entry.getKey());
            if (entry.getKey().equals("extensions")) {
                for (var extension : entry.getValue().properties()) {
                    String name = path + ".extensions." + extension.getKey();
                    node(extension.getValue(), found.path(extension.getKey()), name, differences);
                }
            } else {
                node(entry.getValue(), found, path + "." + entry.getKey(), differences);
            }
        }
    }

    private void node(JsonNode expected, JsonNode actual, String path, List<String> differences) {
        if (expected.isObject()) {
            Set<String> names = new HashSet<>();
            expected.fieldNames().forEachRemaining(names::add);
            actual.fieldNames().forEachRemaining(names::add);
            if (!actual.isObject()) {
                differences.add(path + ": " + actual + " instead of an object");
                return;
            }
            for (String name : names) {
                if (!expected.has(name) || !actual.has(name)) {
                    differences.add(path + "." + name + (actual.has(name) ? " is unexpected" : " is missing"));
                } else {
                    node(expected.get(name), actual.get(name), path + "." + name, differences);
                }
            }
        } else if (expected.isArray()) {
            if (!actual.isArray() || actual.size() != expected.size()) {
                differences.add(path + ": " + actual + " instead of " + expected);
                return;
            }
            for (int i = 0; i < expected.size(); i++) {
                node(expected.get(i), actual.get(i), path + "." + i, differences);
            }
        } else if (expected.isTextual()) {
            text(expected.asText(), actual, path, differences);
        } else if (!expected.equals(actual)
                && !(expected.isIntegralNumber() && expected.asLong() == actual.asLong(-1))) {
            differences.add(path + ": " + actual + " instead of " + expected);
        }
    }

    private void text(String expected, JsonNode actual, String path, List<String> differences) {
        boolean same;
        if (expected.equals("<any-string>")) {
            same = actual.isTextual();
        } else if (expected.equals("<any-int>")) {
            same = actual.isIntegralNumber();
        } else if (special(expected, "re")) {
            same = Pattern.compile(argument(expected, "re"))
                    .matcher(actual.asText())
                    .matches();
        } else if (special(expected, "contains")) {
            same = actual.asText().contains(argument(expected, "contains"));
        } else if (special(expected, "not")) {
            same = actual.isTextual() && !actual.asText().equals(argument(expected, "not"));
        } else if (special(expected, "superset")) {
            same = superset(argument(expected, "superset"), actual, path);
        } else {
            same = actual.isTextual() && actual.asText().equals(fill.apply(expected));
        }
        if (!same) {
            differences.add(path + ": " + actual + " instead of " + expected);
        }
    }

    private boolean superset(String elements, JsonNode actual, String path) {
        try {
            for (JsonNode element : MAPPER.readTree(elements)) {
                boolean found = false;
                for (JsonNode candidate : actual) {
                    var inner = new ArrayList<String>();
                    node(element, candidate, path, inner);
                    found |= inner.isEmpty();
                }
                if (!found) {
                    return false;
                }
            }
            return true;
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean special(String expected, String kind) {
        return expected.startsWith("<" + kind + ":") && expected.endsWith(">");
    }

    private String argument(String expected, String kind) {
        return fill.apply(expected.substring(kind.length() + 2, expected.length() - 1));
    }
}
