package org.buildengine.server.registry;

import java.time.Duration;

/**
 * Until when an answer has to be there.
 *
 * @param limit how long that was at first
 * @param atNanos when, by {@link System#nanoTime}
 */
record Deadline(Duration limit, long atNanos) {
    static Deadline in(Duration limit) {
        return new Deadline(limit, System.nanoTime() + limit.toNanos());
    }

    boolean passed() {
        return atNanos - System.nanoTime() <= 0;
    }

    /** What is left, at least a moment. */
    Duration left() {
        return Duration.ofNanos(Math.max(1_000_000, atNanos - System.nanoTime()));
    }

    /** The limit in words. */
    String words() {
        return limit.toSeconds() + " s";
    }
}
