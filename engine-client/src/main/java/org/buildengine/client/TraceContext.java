package org.buildengine.client;

import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The trace that a session's requests belong to, and the span below which the engine puts what it does.
 *
 * @param traceId 32 hexadecimal digits
 * @param spanId 16 hexadecimal digits
 */
public record TraceContext(String traceId, String spanId) {
    private static final Pattern TRACEPARENT = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}");

    /**
     * Goes on with the trace that the environment names in {@code TRACEPARENT}, else begins one. The span is new.
     *
     * @param environment the environment of this process
     * @return the context
     */
    public static TraceContext from(Map<String, String> environment) {
        Matcher outer = TRACEPARENT.matcher(environment.getOrDefault("TRACEPARENT", ""));
        return new TraceContext(outer.matches() ? outer.group(1) : hex(16), hex(8));
    }

    /** The value of the header and of the environment variable. */
    public String traceparent() {
        return "00-" + traceId + "-" + spanId + "-01";
    }

    private static String hex(int bytes) {
        return HexFormat.of().formatHex(RandomBytes.of(bytes));
    }
}
