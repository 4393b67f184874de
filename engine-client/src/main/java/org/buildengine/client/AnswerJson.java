package org.buildengine.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;

/**
 * JSON of answers, which are as deep as the question (a chain of two thousand steps is two thousand objects in each other) and have
 * texts as long as a file: the library's limits on both do not suit them. Safe for use by several threads.
 */
public final class AnswerJson {
    private static final JsonMapper MAPPER = new JsonMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .streamWriteConstraints(StreamWriteConstraints.builder()
                    .maxNestingDepth(Integer.MAX_VALUE)
                    .build())
            .build());

    /**
     * The deepest level that is indented further than the one around it. Nobody reads on beyond it, and the blanks alone would take
     * 400 MB for ten thousand levels.
     */
    private static final int DEEPEST = 100;

    private static final DefaultIndenter INDENTER = new DefaultIndenter("    ", "\n") {
        @Override
        public void writeIndentation(JsonGenerator out, int level) throws IOException {
            super.writeIndentation(out, Math.min(level, DEEPEST));
        }
    };

    private AnswerJson() {}

    static JsonNode read(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }

    /** The same over several lines, each of the first hundred levels four blanks further in. */
    public static String pretty(JsonNode node) throws IOException {
        DefaultPrettyPrinter printer = new DefaultPrettyPrinter(
                        Separators.createDefaultInstance().withObjectFieldValueSpacing(Spacing.AFTER))
                .withObjectIndenter(INDENTER);
        printer.indentArraysWith(INDENTER);
        var text = new StringWriter();
        // from event to event: a serializer calls itself at each level
        try (JsonParser events = node.traverse();
                JsonGenerator out = MAPPER.createGenerator(text).setPrettyPrinter(printer)) {
            events.nextToken();
            out.copyCurrentStructure(events);
        }
        return text.toString();
    }
}
