package org.buildengine.server.telemetry;

import com.google.protobuf.ByteString;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes every span of the SDK twice as a row: when it starts, marked as running by an end before its start, and when it
 * ends; readers merge the attributes of what has the same id, and take the rest from the last. Safe for use by several
 * threads.
 */
final class SpanRows implements SpanProcessor {
    /** What the original engine sends as the end of a running span; any end before the start would do. */
    private static final long RUNNING = Long.parseUnsignedLong("11651379494838206464");

    private static final ContextKey<Boolean> ENDED = ContextKey.named("ended");

    private final RowLog rows;

    SpanRows(RowLog rows) {
        this.rows = rows;
    }

    /** The context for the start of a span whose end is known already: it is written once, when it ends. */
    static Context ended(Context parent) {
        return parent.with(ENDED, true);
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        if (parent.get(ENDED) == null) {
            write(span);
        }
    }

    @Override
    public void onEnd(ReadableSpan span) {
        write(span);
    }

    /** Writes a span once more as it is now, with an attribute added. */
    void mark(ReadableSpan span, AttributeKey<Boolean> attribute) {
        SpanData data = span.toSpanData();
        append(data, encode(data).addAttributes(attribute(attribute, true)));
    }

    private void write(ReadableSpan span) {
        SpanData data = span.toSpanData();
        append(data, encode(data));
    }

    private void append(SpanData data, Span.Builder span) {
        rows.append(Rows.of(scopeOf(data), span.build()));
    }

    @Override
    public boolean isStartRequired() {
        return true;
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    private static Scope scopeOf(SpanData data) {
        return Scope.named(data.getInstrumentationScopeInfo().getName());
    }

    private static Span.Builder encode(SpanData data) {
        var span = Span.newBuilder()
                .setTraceId(bytes(data.getTraceId()))
                .setSpanId(bytes(data.getSpanId()))
                .setName(data.getName())
                .setKind(Span.SpanKind.SPAN_KIND_INTERNAL)
                .setStartTimeUnixNano(data.getStartEpochNanos())
                .setEndTimeUnixNano(data.hasEnded() ? data.getEndEpochNanos() : RUNNING)
                .addAllAttributes(attributes(data.getAttributes()));
        if (data.getParentSpanContext().isValid()) {
            span.setParentSpanId(bytes(data.getParentSpanId()));
        }
        data.getLinks().forEach(link -> span.addLinks(encode(link)));
        return span.setStatus(encode(data.getStatus()));
    }

    private static Span.Link encode(LinkData link) {
        return Span.Link.newBuilder()
                .setTraceId(bytes(link.getSpanContext().getTraceId()))
                .setSpanId(bytes(link.getSpanContext().getSpanId()))
                .addAllAttributes(attributes(link.getAttributes()))
                .build();
    }

    private static Status encode(StatusData status) {
        return switch (status.getStatusCode()) {
            case UNSET -> Status.getDefaultInstance();
            case OK ->
                Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_OK).build();
            case ERROR ->
                Status.newBuilder()
                        .setCode(Status.StatusCode.STATUS_CODE_ERROR)
                        .setMessage(status.getDescription())
                        .build();
        };
    }

    private static ByteString bytes(String hex) {
        return ByteString.copyFrom(HexFormat.of().parseHex(hex));
    }

    private static List<KeyValue> attributes(io.opentelemetry.api.common.Attributes attributes) {
        var encoded = new ArrayList<KeyValue>(attributes.size());
        attributes.forEach((key, value) -> encoded.add(attribute(key, value)));
        return encoded;
    }

    private static KeyValue attribute(AttributeKey<?> key, Object value) {
        return KeyValue.newBuilder().setKey(key.getKey()).setValue(value(value)).build();
    }

    private static AnyValue value(Object value) {
        return switch (value) {
            case Boolean flag -> AnyValue.newBuilder().setBoolValue(flag).build();
            case Long number -> AnyValue.newBuilder().setIntValue(number).build();
            case Double number -> AnyValue.newBuilder().setDoubleValue(number).build();
            case List<?> list -> {
                var values = ArrayValue.newBuilder();
                list.forEach(element -> values.addValues(value(element)));
                yield AnyValue.newBuilder().setArrayValue(values).build();
            }
            default -> AnyValue.newBuilder().setStringValue(value.toString()).build();
        };
    }
}
