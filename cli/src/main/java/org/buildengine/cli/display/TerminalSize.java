package org.buildengine.cli.display;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jline.terminal.Size;

/**
 * How big the terminal is that standard error is. POSIX's {@code stty} asks it: that takes two milliseconds, at the start and
 * after a change, while binding the system call takes hundreds, and JLine's system terminals want standard input too.
 */
final class TerminalSize {
    private static final Size USUAL = Size.of(80, 24);
    private static final Pattern ANSWER = Pattern.compile("(\\d{1,5}) (\\d{1,5})\\s*");

    private TerminalSize() {}

    /** The size now; 80 by 24 if nobody knows. */
    static Size now() {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(new File("/proc/self/fd/2"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            if (!stty.waitFor(1, TimeUnit.SECONDS)) {
                stty.destroyForcibly();
            }
            return parse(answer);
        } catch (IOException e) {
            System.getLogger(TerminalSize.class.getName())
                    .log(System.Logger.Level.DEBUG, "the terminal's size is not known", e);
            return USUAL;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return USUAL;
        }
    }

    /** Rows and columns; a terminal without a size says 0. */
    static Size parse(String answer) {
        Matcher size = ANSWER.matcher(answer);
        if (!size.matches()) {
            return USUAL;
        }
        int rows = Integer.parseInt(size.group(1));
        int columns = Integer.parseInt(size.group(2));
        return rows == 0 || columns == 0 ? USUAL : Size.of(columns, rows);
    }
}
