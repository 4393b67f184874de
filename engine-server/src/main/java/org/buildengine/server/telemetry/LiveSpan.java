package org.buildengine.server.telemetry;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/** A span that can still change, as the message that it will be. For one thread at a time. */
final class LiveSpan {
    /** What the original engine sends as the end of a running span; any end before the start would do. */
    private static final long RUNNING = Long.parseUnsignedLong("11651379494838206464");

    private final Scope scope;
    private final SpanRef ref;
    private final Span.Builder message;

    private LiveSpan(Scope scope, SpanRef ref, Span.Builder message) {
        this.scope = scope;
        this.ref = ref;
        this.message = message;
    }

    /** A span that runs since {@code start}, in the trace of {@code parent}, or in one of its own. */
    static LiveSpan start(Scope scope, String name, Optional<SpanRef> parent, Instant start) {
        SpanRef ref = parent.map(SpanRef::child).orElseGet(SpanRef::root);
        var message = Span.newBuilder()
                .setTraceId(ref.trace())
                .setSpanId(ref.span())
                .setName(name)
                .setKind(Span.SpanKind.SPAN_KIND_INTERNAL)
                .setStartTimeUnixNano(nanos(start))
                .setEndTimeUnixNano(RUNNING);
        parent.ifPresent(above -> message.setParentSpanId(above.span()));
        return new LiveSpan(scope, ref, message);
    }

    /** The same span, to be changed on its own. */
    LiveSpan copy() {
        return new LiveSpan(scope, ref, message.clone());
    }

    Scope scope() {
        return scope;
    }

    SpanRef ref() {
        return ref;
    }

    String name() {
        return message.getName();
    }

    /** The message as it is now. */
    Span message() {
        return message.build();
    }

    LiveSpan attribute(String key, Object value) {
        message.addAttributes(keyValue(key, value));
        return this;
    }

    LiveSpan link(SpanRef to) {
        message.addLinks(linkTo(to));
        return this;
    }

    /** Links to the span that an error came from. */
    LiveSpan origin(SpanRef of) {
        message.addLinks(linkTo(of).addAttributes(keyValue(Attributes.LINK_PURPOSE, Attributes.ERROR_ORIGIN)));
        return this;
    }

    private static Span.Link.Builder linkTo(SpanRef to) {
        return Span.Link.newBuilder().setTraceId(to.trace()).setSpanId(to.span());
    }

    LiveSpan succeeded() {
        message.setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_OK));
        return this;
    }

    LiveSpan failed(String why) {
        message.setStatus(
                Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR).setMessage(why));
        return this;
    }

    LiveSpan end(Instant at) {
        message.setEndTimeUnixNano(nanos(at));
        return this;
    }

    static long nanos(Instant at) {
        return ChronoUnit.NANOS.between(Instant.EPOCH, at);
    }

    static KeyValue keyValue(String key, Object value) {
        return KeyValue.newBuilder().setKey(key).setValue(value(value)).build();
    }

    private static AnyValue value(Object value) {
        return switch (value) {
            case Boolean flag -> AnyValue.newBuilder().setBoolValue(flag).build();
            case Long number -> AnyValue.newBuilder().setIntValue(number).build();
            case List<?> list -> {
                var values = ArrayValue.newBuilder();
                list.forEach(element -> values.addValues(value(element)));
                yield AnyValue.newBuilder().setArrayValue(values).build();
            }
            default -> AnyValue.newBuilder().setStringValue(value.toString()).build();
        };
    }
}
