package org.buildengine.server.registry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import org.buildengine.session.Beginning;

/** Reads JSON that strangers wrote. */
final class Documents {
    private static final ObjectMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(64).build())
                    .build())
            .build();

    private Documents() {}

    static JsonNode object(byte[] json, String what) throws IOException {
        JsonNode root;
        try {
            root = MAPPER.readTree(json);
        } catch (IOException e) {
            throw new IOException("the " + what + " is not valid JSON", e);
        }
        if (root == null || !root.isObject()) {
            throw new IOException("the " + what + " is not a JSON object");
        }
        return root;
    }

    static String excerpt(JsonNode json) {
        String text = json.toString();
        return text.length() <= 200 ? text : Beginning.of(text, 200) + "…";
    }
}
