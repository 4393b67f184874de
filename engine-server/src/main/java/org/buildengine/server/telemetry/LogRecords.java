package org.buildengine.server.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.opentelemetry.api.trace.SpanContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import org.buildengine.solver.events.OutputPiece;

/**
 * Rows of log records, and many of them in the JSON form of protobuf, as the streams carry them. Output can be long, and
 * often nobody reads along: a row says where its bytes lie, or has them if they lie nowhere, and becomes a text, in which what
 * is no UTF-8 is U+FFFD, for who reads it.
 */
final class LogRecords {
    private static final System.Logger LOG = System.getLogger(LogRecords.class.getName());

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

    private static final byte BYTES = 0;
    private static final byte LAST = 1;
    private static final byte REFERENCE = 2;
    private static final int REFERENCED = HEAD + 2 * Long.BYTES;

    private LogRecords() {}

    /** What a row begins with; the bytes of the output follow, or the reference. */
    static byte[] head(SpanContext span, OutputPiece piece, boolean referred) {
        return head(span, piece.stream(), piece.at(), referred ? REFERENCE : BYTES);
    }

    /** Log, offset and length of a piece that has a place. */
    static byte[] reference(OutputPiece piece) {
        OutputPiece.Place place = piece.place().orElseThrow();
        return ByteBuffer.allocate(REFERENCED - HEAD + Integer.BYTES)
                .putLong(place.log().number())
                .putLong(place.offset())
                .putInt(piece.bytes().length)
                .array();
    }

    /** A row that says that a stream has ended. */
    static byte[] end(SpanContext span, int stream, Instant at) {
        return head(span, stream, at, LAST);
    }

    /** How many bytes of output a row stands for. */
    static int length(byte[] row) {
        return row[1] == REFERENCE ? ByteBuffer.wrap(row).getInt(REFERENCED) : row.length - HEAD;
    }

    private static byte[] head(SpanContext span, int stream, Instant at, byte kind) {
        return ByteBuffer.allocate(HEAD)
                .put((byte) stream)
                .put(kind)
                .putLong(ChronoUnit.NANOS.between(Instant.EPOCH, at))
                .put(span.getTraceIdBytes())
                .put(span.getSpanIdBytes())
                .array();
    }

    private static void write(byte[] row, OutputSources sources, ByteArrayOutputStream data) {
        ByteBuffer head = ByteBuffer.wrap(row, 0, HEAD);
        int stream = head.get();
        byte kind = head.get();
        data.writeBytes(ascii("{\"timeUnixNano\":\"" + head.getLong() + "\",\"body\":{\"stringValue\":\""));
        String text = kind == REFERENCE ? referred(row, sources) : new String(row, HEAD, row.length - HEAD, UTF_8);
        data.writeBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
        data.writeBytes(ascii("\"},\"attributes\":[{\"key\":\"" + Attributes.STDIO_STREAM
                + "\",\"value\":{\"intValue\":\""
                + stream + "\"}}" + (kind == LAST ? END : "") + "],\"traceId\":\"" + base64(head, TRACE)
                + "\",\"spanId\":\""
                + base64(head, SPAN) + "\"}"));
    }

    private static String referred(byte[] row, OutputSources sources) {
        ByteBuffer reference = ByteBuffer.wrap(row, HEAD, row.length - HEAD);
        try {
            return new String(sources.read(reference.getLong(), reference.getLong(), reference.getInt()), UTF_8);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "output is not shown, it cannot be read: {0}", e.getMessage());
            return "";
        }
    }

    private static String base64(ByteBuffer from, int length) {
        var bytes = new byte[length];
        from.get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** Many of them as the data of one event. */
    static byte[] export(List<byte[]> rows, OutputSources sources) {
        int size = OPENING.length() + CLOSING.length();
        for (byte[] row : rows) {
            size += length(row) + length(row) / SPARE + RECORD;
        }
        var data = new ByteArrayOutputStream(size);
        data.writeBytes(ascii(OPENING));
        for (int i = 0; i < rows.size(); i++) {
            if (i > 0) {
                data.write(',');
            }
            write(rows.get(i), sources, data);
        }
        data.writeBytes(ascii(CLOSING));
        return data.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
