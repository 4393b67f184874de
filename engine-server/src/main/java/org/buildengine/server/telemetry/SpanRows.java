package org.buildengine.server.telemetry;

import com.google.protobuf.ByteString;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Writes every span of the SDK twice as a row: when it starts, marked as running by an end before its start, and when it
 * ends. Safe for use by several threads.
 */
final class SpanRows implements SpanProcessor {
    /** What the original engine sends as the end of a running span; any end before the start would do. */
    private static final long RUNNING = Long.parseUnsignedLong("11651379494838206464");

    private final RowLog rows;

    SpanRows(RowLog rows) {
        this.rows = rows;
    }

    /** Adds a span as a row. */
    void append(Scope scope, Span span) {
        rows.append(Rows.of(scope, span));
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        SpanData data = span.toSpanData();
        append(scopeOf(data), encode(data).setEndTimeUnixNano(RUNNING).build());
    }

    @Override
    public void onEnd(ReadableSpan span) {
        SpanData data = span.toSpanData();
        append(scopeOf(data), encode(data).build());
    }

    @Override
    public boolean isStartRequired() {
        return true;
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    @Override
    public CompletableResultCode forceFlush() {
        return CompletableResultCode.ofSuccess();
    }

    private static Scope scopeOf(SpanData data) {
        return Scope.named(data.getInstrumentationScopeInfo().getName());
    }

    static Span.Builder encode(SpanData data) {
        var span = Span.newBuilder()
                .setTraceId(bytes(data.getTraceId()))
                .setSpanId(bytes(data.getSpanId()))
                .setName(data.getName())
                .setKind(Span.SpanKind.SPAN_KIND_INTERNAL)
                .setStartTimeUnixNano(data.getStartEpochNanos())
                .setEndTimeUnixNano(data.getEndEpochNanos())
                .addAllAttributes(attributes(data.getAttributes()));
        if (data.getParentSpanContext().isValid()) {
            span.setParentSpanId(bytes(data.getParentSpanId()));
        }
        data.getEvents().forEach(event -> span.addEvents(encode(event)));
        data.getLinks().forEach(link -> span.addLinks(encode(link)));
        return span.setStatus(encode(data.getStatus()));
    }

    private static Span.Event encode(EventData event) {
        return Span.Event.newBuilder()
                .setTimeUnixNano(event.getEpochNanos())
                .setName(event.getName())
                .addAllAttributes(attributes(event.getAttributes()))
                .build();
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

    static ByteString bytes(String hex) {
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

    static AnyValue value(Object value) {
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
