package org.buildengine.cli.display;

import java.util.List;
import org.buildengine.client.progress.OutputLines;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;

/**
 * Makes rows that fit a width: wide characters count as two columns, tabs reach to the next multiple of eight. The last column
 * stays free, because terminals differ in what they do after writing to it.
 *
 * @param theme marks and colours
 * @param width columns that may be written to
 */
record Row(Theme theme, int width) {
    private static final int TAB = 8;
    private static final int MAX_DEPTH = 8;

    static Row within(Theme theme, int columns) {
        return new Row(theme, Math.max(1, columns - 1));
    }

    /** Text at the left, an end at the right; of the two, the text is cut. */
    AttributedString pair(int depth, List<AttributedString> start, String text, AttributedString end) {
        AttributedStringBuilder row = new AttributedStringBuilder().append(indent(depth));
        start.forEach(row::append);
        int room = width - row.columnLength() - (end.length() > 0 ? end.columnLength() + 1 : 0);
        if (room > 0) {
            row.append(cut(new AttributedString(text), room));
        }
        int gap = width - row.columnLength() - end.columnLength();
        if (end.length() > 0 && gap > 0) {
            row.append(" ".repeat(gap));
        }
        return row.append(end).toAttributedString().columnSubSequence(0, width);
    }

    /** A line of output, with the colours that it came with. */
    AttributedString output(int depth, String line) {
        return new AttributedStringBuilder()
                .append(indent(depth))
                .append(theme.quiet(theme.bar()))
                .append(expanded(line))
                .toAttributedString()
                .columnSubSequence(0, width);
    }

    /** A line as it is, cut. */
    AttributedString line(AttributedString text) {
        return cut(text, width);
    }

    /** The end of a line as it is, as much as fits. */
    AttributedString tail(String line) {
        AttributedString text = expanded(line);
        int length = text.columnLength();
        return length <= width ? text : text.columnSubSequence(length - width, length);
    }

    private AttributedString expanded(String line) {
        String text = theme.colours() ? line : OutputLines.colourless(line);
        return AttributedString.fromAnsi(text, TAB);
    }

    private AttributedString cut(AttributedString text, int room) {
        if (text.columnLength() <= room) {
            return text;
        }
        return new AttributedStringBuilder()
                .append(text.columnSubSequence(0, Math.max(0, room - 1)))
                .append(theme.ellipsis())
                .toAttributedString();
    }

    private static String indent(int depth) {
        return "  ".repeat(Math.min(depth, MAX_DEPTH));
    }
}
