package org.buildengine.server.telemetry;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.opentelemetry.api.trace.SpanContext;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;

/**
 * Rows of log records, and many of them in the JSON form of protobuf, as the streams carry them. Output can be long, and
 * often nobody reads along: a row keeps its bytes as they came, and becomes a text, in which what is no UTF-8 is U+FFFD,
 * for who reads it.
 */
final class LogRecords {
    private static final String OPENING = "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
            + "\"value\":{\"stringValue\":\"" + Rows.SERVICE + "\"}}]},\"scopeLogs\":[{\"scope\":{\"name\":\""
            + Scope.EXEC.text() + "\"},\"logRecords\":[";
    private static final String CLOSING = "]}]}]}";
    private static final String END = ",{\"key\":\"" + Attributes.STDIO_EOF + "\",\"value\":{\"boolValue\":true}}";

    private static final int TRACE = 16;
    private static final int SPAN = 8;
    private static final int HEAD = 1 + 1 + Long.BYTES + TRACE + SPAN;

    /** About what a record takes besides its text, and the part of the text that is taken for quoting it. */
    private static final int RECORD = 256;

    private static final int SPARE = 8;

    private LogRecords() {}

    /** What a row begins with; the bytes of the output follow. */
    static byte[] head(SpanContext span, int stream, Instant at, boolean end) {
        return ByteBuffer.allocate(HEAD)
                .put((byte) stream)
                .put((byte) (end ? 1 : 0))
                .putLong(ChronoUnit.NANOS.between(Instant.EPOCH, at))
                .put(span.getTraceIdBytes())
                .put(span.getSpanIdBytes())
                .array();
    }

    private static void write(byte[] row, ByteArrayOutputStream data) {
        ByteBuffer head = ByteBuffer.wrap(row, 0, HEAD);
        int stream = head.get();
        boolean end = head.get() != 0;
        data.writeBytes(ascii("{\"timeUnixNano\":\"" + head.getLong() + "\",\"body\":{\"stringValue\":\""));
        String text = new String(row, HEAD, row.length - HEAD, StandardCharsets.UTF_8);
        data.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
        data.writeBytes(ascii("\"},\"attributes\":[{\"key\":\"" + Attributes.STDIO_STREAM
                + "\",\"value\":{\"intValue\":\""
                + stream + "\"}}" + (end ? END : "") + "],\"traceId\":\"" + base64(head, TRACE) + "\",\"spanId\":\""
                + base64(head, SPAN) + "\"}"));
    }

    private static String base64(ByteBuffer from, int length) {
        var bytes = new byte[length];
        from.get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Many of them as the data of one event. */
    static byte[] export(List<byte[]> rows) {
        int size = OPENING.length() + CLOSING.length();
        for (byte[] row : rows) {
            size += row.length + row.length / SPARE + RECORD;
        }
        var data = new ByteArrayOutputStream(size);
        data.writeBytes(ascii(OPENING));
        for (int i = 0; i < rows.size(); i++) {
            if (i > 0) {
                data.write(',');
            }
            write(rows.get(i), data);
        }
        data.writeBytes(ascii(CLOSING));
        return data.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
