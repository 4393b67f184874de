package org.buildengine.server.telemetry;

import com.google.protobuf.ByteString;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names a span.
 *
 * @param trace 16 bytes
 * @param span 8 bytes
 */
record SpanRef(ByteString trace, ByteString span) {
    /** W3C Trace Context, version 00; ids of zeros are invalid. */
    private static final Pattern TRACEPARENT =
            Pattern.compile("[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}.*");

    private static final int TRACE_BYTES = 16;
    private static final int SPAN_BYTES = 8;

    /** What a {@code traceparent} header names; empty if it is none. */
    static Optional<SpanRef> parse(String traceparent) {
        Matcher matcher = TRACEPARENT.matcher(traceparent);
        return matcher.matches()
                ? Optional.of(new SpanRef(bytes(matcher.group(1)), bytes(matcher.group(2))))
                : Optional.empty();
    }

    /** A new span in a trace of its own. */
    static SpanRef root() {
        return new SpanRef(random(TRACE_BYTES), random(SPAN_BYTES));
    }

    /** A new span in the same trace. */
    SpanRef child() {
        return new SpanRef(trace, random(SPAN_BYTES));
    }

    private static ByteString bytes(String hex) {
        return ByteString.copyFrom(HexFormat.of().parseHex(hex));
    }

    private static ByteString random(int length) {
        byte[] bytes = new byte[length];
        ThreadLocalRandom.current().nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    /** As errors name it: {@code <32 hex digits of the trace>-<16 hex digits of the span>}. */
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.formatHex(trace.toByteArray()) + "-" + hex.formatHex(span.toByteArray());
    }
}
