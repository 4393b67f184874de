package org.buildengine.cli.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jline.utils.ScreenTerminal;

/**
 * A command that ran on a pseudo terminal of 80 columns and 24 rows.
 *
 * @param code its exit code
 * @param modesKept whether the terminal's modes are those of before
 * @param parts what it printed, in order
 */
record OnTerminal(int code, boolean modesKept, List<Part> parts) {
    static final int COLUMNS = 80;
    static final int ROWS = 24;

    private static final JsonMapper JSON = new JsonMapper();

    /**
     * What was printed while the terminal had a width.
     *
     * @param text the bytes as text
     * @param columns the width
     */
    record Part(String text, int columns) {}

    /** What happens once a text has been printed. */
    record Event(String after, String name, Object value) {
        static Event type(String after, String text) {
            return new Event(after, "type", text);
        }

        static Event resize(String after, int columns) {
            return new Event(after, "columns", columns);
        }
    }

    /** Runs a command of this distribution against an engine; {@code environment} has at least {@code TERM}. */
    static OnTerminal run(
            ScratchEngine engine, Map<String, String> environment, List<Event> events, List<String> arguments)
            throws IOException, InterruptedException {
        ObjectNode told = JSON.createObjectNode();
        told.put("columns", COLUMNS).put("rows", ROWS);
        told.putArray("command").add(ScratchEngine.LAUNCHER).addAll(texts(arguments));
        told.set("environment", JSON.valueToTree(environment));
        ArrayNode all = told.putArray("events");
        for (Event event : events) {
            all.addObject().put("after", event.after()).set(event.name(), JSON.valueToTree(event.value()));
        }
        String program = System.getProperty("engine.programs") + "/terminal.py";
        Finished finished = engine.user(
                        java.nio.file.Path.of("/"), Map.of(), List.of("python3", program, told.toString()))
                .finish()
                .succeeded();
        if (finished.said("missed").asInt() > 0) {
            throw new AssertionError("what was waited for was never printed: " + finished);
        }
        return new OnTerminal(
                finished.said("code").asInt(), finished.said("modesKept").asBoolean(), parts(finished));
    }

    private static ArrayNode texts(List<String> texts) {
        return JSON.valueToTree(texts);
    }

    private static List<Part> parts(Finished finished) throws IOException {
        var parts = new ArrayList<Part>();
        for (String line : finished.out().lines().toList()) {
            JsonNode said = JSON.readTree(line);
            if (said.has("printed")) {
                parts.add(new Part(
                        said.get("printed").asText(), said.get("columns").asInt()));
            }
        }
        return parts;
    }

    /** All that was printed, sequences and all. */
    String raw() {
        return raw(parts);
    }

    private static String raw(List<Part> parts) {
        var text = new StringBuilder();
        parts.forEach(part -> text.append(part.text()));
        return new String(text.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    /** What a terminal of a width shows of what was printed while it had that width, as JLine's emulator has it. */
    List<String> screen(int columns) {
        var emulator = new ScreenTerminal(columns, ROWS);
        emulator.write(
                raw(parts.stream().filter(part -> part.columns() == columns).toList()));
        return emulator.toString().lines().map(String::stripTrailing).toList();
    }
}
