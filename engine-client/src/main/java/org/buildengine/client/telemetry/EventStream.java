package org.buildengine.client.telemetry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads server-sent events and tells a listener what they say. */
public final class EventStream {
    private static final byte[] FIELD = "data:".getBytes(StandardCharsets.US_ASCII);
    private static final int BUFFER = 64 * 1024;

    private final TelemetryListener listener;

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
        var line = new ByteArrayOutputStream();
        var data = new ByteArrayOutputStream();
        byte[] buffer = new byte[BUFFER];
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            int start = 0;
            for (int i = 0; i < read; i++) {
                if (buffer[i] == '\n') {
                    line.write(buffer, start, i - start);
                    line(line.toByteArray(), data);
                    line.reset();
                    start = i + 1;
                }
            }
            line.write(buffer, start, read - start);
        }
    }

    /** Output comes in lines of a MiB: they stay bytes until they are values. */
    private void line(byte[] line, ByteArrayOutputStream data) {
        int length = line.length > 0 && line[line.length - 1] == '\r' ? line.length - 1 : line.length;
        if (length == 0) {
            if (data.size() > 0) {
                event(data.toByteArray());
                data.reset();
            }
        } else if (length > FIELD.length && Arrays.equals(line, 0, FIELD.length, FIELD, 0, FIELD.length)) {
            if (data.size() > 0) {
                data.write('\n');
            }
            data.write(line, FIELD.length, length - FIELD.length);
        }
    }

    private void event(byte[] data) {
        try {
            JsonNode request = Json.MAPPER.readTree(data);
            OtlpJson.spans(request).forEach(listener::span);
            OtlpJson.outputs(request).forEach(listener::output);
        } catch (IOException | IllegalArgumentException e) {
            log().log(System.Logger.Level.DEBUG, "skipping an event that cannot be read", e);
        }
    }

    /** Loaded by the first event. */
    private static final class Json {
        static final JsonMapper MAPPER = new JsonMapper();
    }

    /** Not made before there is something to log: that takes long, and most commands log nothing. */
    private static System.Logger log() {
        return System.getLogger(EventStream.class.getName());
    }
}
