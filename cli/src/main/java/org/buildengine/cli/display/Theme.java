package org.buildengine.cli.display;

import java.util.Locale;
import java.util.Map;
import org.buildengine.client.progress.Step;
import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStyle;

/**
 * Marks and colours; the sixteen colours only, since those follow the user's own palette.
 *
 * @param unicode whether the terminal shows more than ASCII
 * @param colours whether there are colours
 */
record Theme(boolean unicode, boolean colours) {
    /**
     * What the environment asks for: {@code NO_COLOR} (no-color.org) and the character set of the locale (POSIX, in the order
     * {@code LC_ALL}, {@code LC_CTYPE}, {@code LANG}).
     */
    static Theme of(Map<String, String> environment) {
        String locale = environment.getOrDefault("LC_ALL", "");
        if (locale.isEmpty()) {
            locale = environment.getOrDefault("LC_CTYPE", "");
        }
        if (locale.isEmpty()) {
            locale = environment.getOrDefault("LANG", "");
        }
        String upper = locale.toUpperCase(Locale.ROOT);
        return new Theme(
                upper.contains("UTF-8") || upper.contains("UTF8"),
                environment.getOrDefault("NO_COLOR", "").isEmpty());
    }

    AttributedString mark(Step.State state) {
        return switch (state) {
            case PENDING, RUNNING -> styled(unicode ? "●" : ">", AttributedStyle.YELLOW);
            case DONE -> styled(unicode ? "✔" : "+", AttributedStyle.GREEN);
            case CACHED -> styled(unicode ? "✔" : "=", AttributedStyle.BLUE);
            case FAILED -> styled(unicode ? "✘" : "x", AttributedStyle.RED);
            case CANCELED -> styled(unicode ? "○" : "-", AttributedStyle.MAGENTA);
        };
    }

    AttributedString failure(String text) {
        return styled(text, AttributedStyle.RED);
    }

    AttributedString cached(String text) {
        return styled(text, AttributedStyle.BLUE);
    }

    AttributedString quiet(String text) {
        return new AttributedString(text, colours ? AttributedStyle.DEFAULT.faint() : AttributedStyle.DEFAULT);
    }

    AttributedString strong(String text) {
        return new AttributedString(text, colours ? AttributedStyle.BOLD : AttributedStyle.DEFAULT);
    }

    /** What stands before a line of output. */
    String bar() {
        return unicode ? "┃ " : "| ";
    }

    /** What stands for the rest of a text that is too long. */
    String ellipsis() {
        return unicode ? "…" : "~";
    }

    private AttributedString styled(String text, int colour) {
        return new AttributedString(
                text, colours ? AttributedStyle.DEFAULT.foreground(colour) : AttributedStyle.DEFAULT);
    }
}
