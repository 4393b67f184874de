package org.buildengine.client.telemetry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Reads server-sent events and tells a listener what they say. */
public final class EventStream {
    private static final System.Logger LOG = System.getLogger(EventStream.class.getName());

    private final TelemetryListener listener;
    private final JsonMapper json = new JsonMapper();

    /**
     * Makes a reader.
     *
     * @param listener is told
     */
    public EventStream(TelemetryListener listener) {
        this.listener = listener;
    }

    /**
     * Reads until the engine ends the stream.
     *
     * @param in the body of the answer
     * @throws IOException if the connection fails before that
     */
    public void read(InputStream in) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        StringBuilder data = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) {
                    event(data.toString());
                    data.setLength(0);
                }
            } else if (line.startsWith("data:")) {
                data.append(data.isEmpty() ? "" : "\n")
                        .append(line.substring("data:".length()).strip());
            }
        }
    }

    private void event(String data) {
        try {
            JsonNode request = json.readTree(data);
            OtlpJson.spans(request).forEach(listener::span);
            OtlpJson.outputs(request).forEach(listener::output);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            LOG.log(System.Logger.Level.DEBUG, "skipping an event that cannot be read", e);
        }
    }
}
