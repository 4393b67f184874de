package org.buildengine.cli.display;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.buildengine.client.progress.Steps;
import org.jline.terminal.Size;
import org.jline.terminal.impl.LineDisciplineTerminal;
import org.jline.utils.AttributedString;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp;
import org.jspecify.annotations.Nullable;

/**
 * Writes the tree to a terminal with JLine, which knows the terminal's sequences and sends only what differs. The terminal is
 * only written to: its modes stay as they are and its input stays the program's.
 */
final class TerminalScreen implements Screen {
    private static final String RESET = "\u001b[0m";

    private final Steps steps;
    private final TreeRenderer renderer;
    private final Theme theme;
    private final Supplier<Size> sizes;
    private final Clock clock;
    private final LineDisciplineTerminal terminal;
    private Display display;
    private volatile boolean resized = true;
    private volatile boolean interrupted;
    private Size size = Size.of(80, 24);
    private List<AttributedString> drawn = List.of();
    private boolean asking;

    /**
     * Draws on a terminal.
     *
     * @param steps what is drawn
     * @param renderer makes lines of it
     * @param theme marks and colours
     * @param type the terminal's type, as {@code TERM} says it
     * @param out the terminal
     * @param sizes how big it is
     * @param clock the time
     */
    TerminalScreen(
            Steps steps,
            TreeRenderer renderer,
            Theme theme,
            String type,
            OutputStream out,
            Supplier<Size> sizes,
            Clock clock) {
        this.steps = steps;
        this.renderer = renderer;
        this.theme = theme;
        this.sizes = sizes;
        this.clock = clock;
        try {
            this.terminal = new OneCharacterSet(type, out);
        } catch (IOException e) {
            throw new UncheckedIOException("the terminal cannot be written to", e);
        }
        this.display = new Display(terminal, false);
    }

    @Override
    public void frame(List<String> above, String prompt) {
        settle();
        Instant now = clock.instant();
        long nanos = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        int rows = size.getRows() - (prompt.isEmpty() ? 0 : 1);
        List<AttributedString> lines =
                new ArrayList<>(steps.read(all -> renderer.frame(all, size.getColumns(), rows, nanos)));
        if (!prompt.isEmpty()) {
            lines.add(Row.within(theme, size.getColumns()).tail(prompt));
        }
        draw(above, lines, !prompt.isEmpty());
    }

    @Override
    public void last(List<String> above) {
        settle();
        List<AttributedString> lines = steps.read(all -> renderer.last(all, size.getColumns()));
        List<String> all = new ArrayList<>(above);
        lines.forEach(line -> all.add(line.toAnsi(terminal)));
        draw(all, List.of(), false);
    }

    @Override
    public void resized() {
        resized = true;
    }

    @Override
    public void interrupted() {
        interrupted = true;
    }

    /** Begins a tree anew after what JLine knows of the old one is no longer true. */
    private void settle() {
        if (interrupted) {
            interrupted = false;
            drawn = List.of();
            display = new Display(terminal, false);
            display.resize(size);
        }
        if (resized) {
            resized = false;
            erase(sizes.get());
        }
    }

    /**
     * Takes the tree away from a terminal whose size changed. Terminals break lines that have become too long into several,
     * which moves everything below them.
     */
    private void erase(Size now) {
        if (!drawn.isEmpty()) {
            int above = asking ? broken(drawn.getLast(), now) - 1 : 0;
            for (AttributedString line : drawn.subList(0, drawn.size() - 1)) {
                above += broken(line, now);
            }
            PrintWriter writer = terminal.writer();
            writer.write('\r');
            if (above > 0) {
                writer.write("\u001b[" + above + "A");
            }
            writer.write("\u001b[J");
            writer.flush();
        }
        drawn = List.of();
        size = now;
        terminal.setSize(now);
        display = new Display(terminal, false);
        display.resize(now);
    }

    /** How many rows a line takes in a terminal of another size. */
    private static int broken(AttributedString line, Size size) {
        return Math.max(0, line.columnLength() - 1) / size.getColumns() + 1;
    }

    private void draw(List<String> above, List<AttributedString> lines, boolean asks) {
        if (above.isEmpty() && lines.equals(drawn)) {
            return;
        }
        if (!above.isEmpty()) {
            display.update(List.of(), 0, false);
            PrintWriter writer = terminal.writer();
            for (String line : above) {
                writer.write(line);
                writer.write(line.indexOf(0x1b) < 0 ? "\n" : RESET + "\n");
            }
            writer.flush();
        }
        display.update(hard(lines), cursor(lines, asks));
        drawn = lines;
        asking = asks;
    }

    /** Lines that end, so that JLine takes none for the rest of the one before. */
    private static List<AttributedString> hard(List<AttributedString> lines) {
        AttributedString end = new AttributedString("\n");
        List<AttributedString> hard = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            hard.add(
                    i + 1 < lines.size()
                            ? AttributedString.join(AttributedString.EMPTY, lines.get(i), end)
                            : lines.get(i));
        }
        return hard;
    }

    /**
     * Behind a program's question, since what the user types appears there; else at the begin of the last line, where the
     * terminal's own "^C" does not reach the next one.
     */
    private int cursor(List<AttributedString> lines, boolean asks) {
        int column = asks ? lines.getLast().columnLength() : 0;
        return lines.isEmpty() ? 0 : size.cursorPos(lines.size() - 1, column);
    }

    /** A terminal whose character set is never switched: UTF-8 has the lines, and a switch would have to be undone. */
    private static final class OneCharacterSet extends LineDisciplineTerminal {
        OneCharacterSet(String type, OutputStream out) throws IOException {
            super("engine", type, out, StandardCharsets.UTF_8);
        }

        @Override
        public @Nullable String getStringCapability(InfoCmp.Capability capability) {
            return capability == InfoCmp.Capability.enter_alt_charset_mode
                            || capability == InfoCmp.Capability.exit_alt_charset_mode
                    ? null
                    : super.getStringCapability(capability);
        }
    }
}
