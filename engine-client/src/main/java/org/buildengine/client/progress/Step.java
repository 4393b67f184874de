package org.buildengine.client.progress;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * One thing that a build does, from its first span to its end. Owned by {@link Steps}: read it there, or in what the owner
 * tells its listener, and nowhere else; not thread-safe.
 */
public final class Step {
    /** What became of a step. */
    public enum State {
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

    private final String name;
    private final Deque<String> lastLines = new ArrayDeque<>();
    private final OutputLines output = new OutputLines();
    private final List<Step> children = new ArrayList<>();
    private Optional<Step> parent = Optional.empty();
    private State state = State.PENDING;
    private int number;
    private long start;
    private long end;
    private String message = "";
    private boolean overwritten;

    Step(String name) {
        this.name = name;
    }

    /** What is done, in one line. */
    public String name() {
        return name;
    }

    /** What became of it. */
    public State state() {
        return state;
    }

    /** Its number in the order of beginning, from 1; 0 before it began. */
    public int number() {
        return number;
    }

    /** The step that it is a part of. */
    public Optional<Step> parent() {
        return parent;
    }

    /** Its parts that began, in the order of their numbers. */
    public List<Step> children() {
        return Collections.unmodifiableList(children);
    }

    /** When it began, in nanoseconds since 1970. */
    public long start() {
        return start;
    }

    /** When it ended, in nanoseconds since 1970; 0 before that. */
    public long end() {
        return end;
    }

    /** How long it took, in nanoseconds. */
    public long nanos() {
        return Math.max(0, end - start);
    }

    /** Why it failed; may be empty. */
    public String message() {
        return message;
    }

    /** The newest lines of its output, also the one that is not complete. */
    public List<String> lastLines() {
        List<String> lines = new ArrayList<>(lastLines);
        String partial = output.partial();
        if (!partial.isEmpty()) {
            if (overwritten) {
                lines.removeLast();
            }
            lines.add(partial);
        }
        return lines;
    }

    void begin(int numbered, long startNanos, Optional<Step> partOf) {
        number = numbered;
        start = startNanos;
        state = State.RUNNING;
        parent = partOf;
        partOf.ifPresent(step -> step.children.add(this));
    }

    void end(State ended, long endNanos, String reason) {
        state = ended;
        end = Math.max(start, endNanos);
        message = reason;
    }

    /** Takes a piece of output and gives back the lines that it completes. */
    List<String> output(String text, boolean last) {
        List<OutputLines.Line> lines = output.append(text);
        if (last) {
            lines.addAll(output.end());
        }
        lines.forEach(this::keep);
        return lines.stream().map(OutputLines.Line::text).toList();
    }

    private void keep(OutputLines.Line line) {
        if (overwritten) {
            lastLines.removeLast();
        }
        overwritten = line.overwritten();
        lastLines.addLast(line.text());
        if (lastLines.size() > KEPT_LINES) {
            lastLines.removeFirst();
        }
    }
}
