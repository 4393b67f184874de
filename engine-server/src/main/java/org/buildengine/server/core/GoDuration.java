package org.buildengine.server.core;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as clients write and read them: {@code 1h15m30.5s}, {@code 300ms}, {@code 0s}. */
final class GoDuration {
    private static final Pattern PART = Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h)");
    private static final Map<String, Long> NANOS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "h", 3_600_000_000_000L);

    private GoDuration() {}

    /**
     * Reads a duration.
     *
     * @throws ApiException if it is not one
     */
    static Duration parse(String text) throws ApiException {
        String rest = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
        if (rest.equals("0")) {
            return Duration.ZERO;
        }
        BigDecimal nanos = BigDecimal.ZERO;
        Matcher part = PART.matcher(rest);
        int end = 0;
        while (end < rest.length() && part.find(end) && part.start() == end) {
            BigDecimal unit = BigDecimal.valueOf(NANOS.getOrDefault(part.group(2), 0L));
            nanos = nanos.add(new BigDecimal(part.group(1)).multiply(unit));
            end = part.end();
        }
        if (end == 0 || end < rest.length() || nanos.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new ApiException(
                    "INVALID_ARGUMENT",
                    "invalid duration \"" + text + "\": a number and a unit (ns, us, ms, s, m, h), as in 1m30s");
        }
        long whole = nanos.setScale(0, RoundingMode.DOWN).longValueExact();
        return Duration.ofNanos(text.startsWith("-") ? -whole : whole);
    }

    /** Prints a duration; whole seconds and more with all units from the largest down, less in the largest unit that fits. */
    static String print(Duration duration) {
        long nanos = duration.toNanos();
        String sign = nanos < 0 ? "-" : "";
        long size = Math.abs(nanos);
        if (size == 0) {
            return "0s";
        }
        if (size < 1_000) {
            return sign + size + "ns";
        }
        if (size < 1_000_000) {
            return sign + decimal(size, 1_000L) + "µs";
        }
        if (size < 1_000_000_000L) {
            return sign + decimal(size, 1_000_000L) + "ms";
        }
        long hours = size / 3_600_000_000_000L;
        long minutes = size / 60_000_000_000L % 60;
        String seconds = decimal(size % 60_000_000_000L, 1_000_000_000L) + "s";
        return sign + (hours > 0 ? hours + "h" : "") + (hours > 0 || minutes > 0 ? minutes + "m" : "") + seconds;
    }

    private static String decimal(long nanos, long unit) {
        return new BigDecimal(nanos)
                .divide(new BigDecimal(unit), 9, RoundingMode.UNNECESSARY)
                .stripTrailingZeros()
                .toPlainString();
    }
}
