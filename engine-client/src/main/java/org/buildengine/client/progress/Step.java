package org.buildengine.client.progress;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** One thing that a build does, from its first span to its end. Owned by {@link Steps}; not thread-safe. */
final class Step {
    /** What became of a step. */
    enum State {
        /** Described, but nobody has needed it yet. */
        PENDING,
        /** Being worked on. */
        RUNNING,
        /** Ran and succeeded. */
        DONE,
        /** Its result was there already. */
        CACHED,
        /** Failed. */
        FAILED,
        /** Nobody needed it any more. */
        CANCELED
    }

    private static final int KEPT_LINES = 20;
    private static final int MAX_LINE = 8 * 1024;

    private final String name;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final StringBuilder partial = new StringBuilder();
    private State state = State.PENDING;
    private int number;
    private long start;
    private long nanos;
    private String message = "";

    Step(String name) {
        this.name = name;
    }

    String name() {
        return name;
    }

    State state() {
        return state;
    }

    int number() {
        return number;
    }

    long nanos() {
        return nanos;
    }

    String message() {
        return message;
    }

    List<String> lastLines() {
        return List.copyOf(lastLines);
    }

    void begin(int numbered, long startNanos) {
        number = numbered;
        start = startNanos;
        state = State.RUNNING;
    }

    void end(State ended, long endNanos, String reason) {
        state = ended;
        nanos = Math.max(0, endNanos - start);
        message = reason;
    }

    /** Takes a piece of output and gives back the lines that it completes. */
    List<String> output(String text, boolean last) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n' || c == '\r' || partial.length() == MAX_LINE) {
                complete(lines);
            }
            if (c >= ' ' || c == '\t' || c == 27) {
                partial.append(c);
            }
        }
        if (last) {
            complete(lines);
        }
        return lines;
    }

    private void complete(List<String> lines) {
        if (partial.isEmpty()) {
            return;
        }
        String line = partial.toString();
        partial.setLength(0);
        lines.add(line);
        lastLines.addLast(line);
        if (lastLines.size() > KEPT_LINES) {
            lastLines.removeFirst();
        }
    }
}
