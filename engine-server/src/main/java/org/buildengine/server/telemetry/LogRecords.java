package org.buildengine.server.telemetry;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.opentelemetry.api.trace.SpanContext;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;

/**
 * Log records in the JSON form of protobuf. They are made in the form in which the streams carry them, since output can be
 * long: a message of each piece that is parsed and printed again would cost more than all else that happens to it.
 */
final class LogRecords {
    private static final String OPENING = "{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
            + "\"value\":{\"stringValue\":\"" + Rows.SERVICE + "\"}}]},\"scopeLogs\":[{\"scope\":{\"name\":\""
            + Scope.EXEC.text() + "\"},\"logRecords\":[";
    private static final String CLOSING = "]}]}]}";

    private LogRecords() {}

    /** A record of output of a step. */
    static byte[] output(SpanContext span, int stream, Instant at, String text) {
        byte[] quoted = JsonStringEncoder.getInstance().quoteAsUTF8(text);
        byte[] before = before(at);
        byte[] after = after(span, stream, "");
        var row = new byte[before.length + quoted.length + after.length];
        System.arraycopy(before, 0, row, 0, before.length);
        System.arraycopy(quoted, 0, row, before.length, quoted.length);
        System.arraycopy(after, 0, row, before.length + quoted.length, after.length);
        return row;
    }

    /** A record that says that a stream of a step has ended. */
    static byte[] end(SpanContext span, int stream, Instant at) {
        var row = new ByteArrayOutputStream();
        row.writeBytes(before(at));
        row.writeBytes(
                after(span, stream, ",{\"key\":\"" + Attributes.STDIO_EOF + "\",\"value\":{\"boolValue\":true}}"));
        return row.toByteArray();
    }

    private static byte[] before(Instant at) {
        return ascii("{\"timeUnixNano\":\"" + ChronoUnit.NANOS.between(Instant.EPOCH, at)
                + "\",\"body\":{\"stringValue\":\"");
    }

    private static byte[] after(SpanContext span, int stream, String attributes) {
        Base64.Encoder base64 = Base64.getEncoder();
        return ascii(
                "\"},\"attributes\":[{\"key\":\"" + Attributes.STDIO_STREAM + "\",\"value\":{\"intValue\":\"" + stream
                        + "\"}}" + attributes + "],\"traceId\":\"" + base64.encodeToString(span.getTraceIdBytes())
                        + "\",\"spanId\":\"" + base64.encodeToString(span.getSpanIdBytes()) + "\"}");
    }

    /** Many of them as the data of one event. */
    static byte[] export(List<byte[]> records) {
        int size = OPENING.length() + CLOSING.length();
        for (byte[] record : records) {
            size += record.length + 1;
        }
        var data = new ByteArrayOutputStream(size);
        data.writeBytes(ascii(OPENING));
        for (int i = 0; i < records.size(); i++) {
            if (i > 0) {
                data.write(',');
            }
            data.writeBytes(records.get(i));
        }
        data.writeBytes(ascii(CLOSING));
        return data.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
