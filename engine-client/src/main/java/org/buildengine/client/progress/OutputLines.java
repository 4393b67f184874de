package org.buildengine.client.progress;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a stream of text into lines that are safe to show on a terminal: of all control characters and sequences (ECMA-48)
 * only the ones that choose colours and styles ({@code ESC [ ... m}) stay, so that nobody who prints can move the cursor,
 * set a title or read the keyboard's answers. A carriage return ends a line that the next one takes the place of. Pieces
 * may end anywhere, also inside a sequence. Not thread-safe.
 */
public final class OutputLines {
    private static final int MAX_LINE = 8 * 1024;
    private static final int MAX_PARAMETERS = 64;
    private static final char ESCAPE = 0x1b;
    private static final char BELL = 0x07;
    private static final char DELETE = 0x7f;
    private static final char STRING_TERMINATOR = 0x9c;

    private final StringBuilder partial = new StringBuilder();
    private final StringBuilder parameters = new StringBuilder();
    private State state = State.TEXT;
    private boolean returned;

    /**
     * A line.
     *
     * @param text without its end
     * @param overwritten whether the next line takes its place, as those of a progress bar do
     */
    public record Line(String text, boolean overwritten) {}

    private enum State {
        TEXT,
        /** After ESC. */
        ESCAPED,
        /** After ESC and an intermediate character; one more follows. */
        INTERMEDIATE,
        /** Inside a control sequence. */
        CONTROL,
        /** Inside a control string, which ends with ST, BEL, or the line. */
        STRING
    }

    /**
     * Takes a piece of text.
     *
     * @param text the piece
     * @return the lines that it completes
     */
    public List<Line> append(String text) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n') {
                state = State.TEXT;
                complete(lines, false);
            } else {
                state = next(c, lines);
            }
        }
        return lines;
    }

    /** The last line, if the text ended without completing it. */
    public List<Line> end() {
        List<Line> lines = new ArrayList<>();
        complete(lines, false);
        return lines;
    }

    /** What there is of the line that is not complete. */
    public String partial() {
        return partial.toString();
    }

    /**
     * One line without any control character.
     *
     * @param text any text
     * @return its lines, joined by semicolons, without colours
     */
    public static String plain(String text) {
        OutputLines lines = new OutputLines();
        List<Line> all = lines.append(text);
        all.addAll(lines.end());
        return String.join(
                "; ", all.stream().map(line -> colourless(line.text())).toList());
    }

    /** A line without its colours. */
    public static String colourless(String line) {
        return line.indexOf(ESCAPE) < 0 ? line : line.replaceAll("\u001b\\[[0-9;:]*m", "");
    }

    private State next(char c, List<Line> lines) {
        return switch (state) {
            case TEXT -> text(c, lines);
            case ESCAPED -> escaped(c);
            case INTERMEDIATE -> c >= ' ' && c <= '/' ? State.INTERMEDIATE : State.TEXT;
            case CONTROL -> control(c);
            case STRING ->
                c == BELL || c == STRING_TERMINATOR ? State.TEXT : c == ESCAPE ? State.ESCAPED : State.STRING;
        };
    }

    private State text(char c, List<Line> lines) {
        if (c == '\r') {
            returned = true;
        } else if (c == ESCAPE) {
            return State.ESCAPED;
        } else if (c >= DELETE && c <= 0x9f) {
            return introduced(c);
        } else if ((c >= ' ' || c == '\t') && !reorders(c)) {
            if (returned || (partial.length() >= MAX_LINE && !Character.isLowSurrogate(c))) {
                complete(lines, returned);
            }
            partial.append(c);
        }
        return State.TEXT;
    }

    /** After the eight-bit forms of ESC and another character. */
    private State introduced(char c) {
        return switch (c) {
            case 0x9b -> beginControl();
            case 0x90, 0x98, 0x9d, 0x9e, 0x9f -> State.STRING;
            default -> State.TEXT;
        };
    }

    private State escaped(char c) {
        return switch (c) {
            case '[' -> beginControl();
            case 'P', 'X', ']', '^', '_' -> State.STRING;
            case ESCAPE -> State.ESCAPED;
            default -> c >= ' ' && c <= '/' ? State.INTERMEDIATE : State.TEXT;
        };
    }

    private State beginControl() {
        parameters.setLength(0);
        return State.CONTROL;
    }

    private State control(char c) {
        if (c == ESCAPE) {
            return State.ESCAPED;
        }
        if (c >= '@' && c <= '~') {
            if (c == 'm' && parameters.length() <= MAX_PARAMETERS && isStyle()) {
                partial.append(ESCAPE).append('[').append(parameters).append('m');
            }
            return State.TEXT;
        }
        if (parameters.length() <= MAX_PARAMETERS) {
            parameters.append(c);
        }
        return State.CONTROL;
    }

    private boolean isStyle() {
        return parameters.chars().allMatch(c -> (c >= '0' && c <= '9') || c == ';' || c == ':');
    }

    /** Unicode's controls of the writing direction, with which a line could show something else than it says. */
    private static boolean reorders(char c) {
        return (c >= '\u202a' && c <= '\u202e') || (c >= '\u2066' && c <= '\u2069') || c == '\u2028' || c == '\u2029';
    }

    private void complete(List<Line> lines, boolean overwritten) {
        returned = false;
        if (!partial.isEmpty()) {
            lines.add(new Line(partial.toString(), overwritten));
            partial.setLength(0);
        }
    }
}
