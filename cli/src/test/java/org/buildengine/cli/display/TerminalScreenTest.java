package org.buildengine.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.buildengine.client.progress.GoOn;
import org.buildengine.client.progress.Spans;
import org.buildengine.client.progress.Steps;
import org.buildengine.client.telemetry.SpanUpdate.Status;
import org.jline.terminal.Size;
import org.jline.utils.ScreenTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a terminal shows after what is written to it: JLine's emulator is the terminal. */
class TerminalScreenTest {
    private static final Theme THEME = new Theme(true, true);

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final ScreenTerminal emulator = new ScreenTerminal(40, 10);
    private final Steps steps = Spans.steps();
    private final Spans engine = new Spans(steps);
    private Size size = Size.of(40, 10);
    private final Screen screen = new TerminalScreen(
            steps,
            new TreeRenderer(THEME, new GoOn(List.of("engine", "run", "make"))),
            THEME,
            "xterm-256color",
            written,
            () -> size,
            Clock.fixed(Instant.ofEpochSecond(5), ZoneOffset.UTC));

    /** What is on the emulator's screen now. */
    private List<String> shown() {
        emulator.write(written.toString(StandardCharsets.UTF_8));
        written.reset();
        return emulator.toString()
                .lines()
                .map(String::stripTrailing)
                .takeWhile(line -> !line.isEmpty())
                .toList();
    }

    @Test
    void linesOfTheProgramGoAboveTheTreeAndStay() {
        engine.begin("a", "", "exec make", 0);
        engine.print("a", "one\n");
        screen.frame(List.of("hello"), "");
        engine.print("a", "two\n");
        screen.frame(List.of("world"), "");
        assertThat(shown())
                .containsExactly(
                        "hello",
                        "world",
                        "● exec make                          5s",
                        "  ┃ one",
                        "  ┃ two",
                        "1 step, 1 running                    5s");
    }

    @Test
    void aQuestionOfTheProgramIsTheLastLine() {
        engine.begin("a", "", "exec make", 0);
        screen.frame(List.of(), "Go on? [y] ");
        assertThat(shown()).endsWith("1 step, 1 running                    5s", "Go on? [y]");
    }

    @Test
    void theEndTakesThePlaceOfTheTree() {
        engine.begin("a", "", "exec make", 0);
        engine.print("a", "one\ntwo\n");
        screen.frame(List.of(), "");
        engine.end("a", "exec make", 0, Spans.SECOND, Status.OK, "");
        screen.last(List.of());
        assertThat(emulatorText()).isEqualTo("""
                ✔ exec make                        1.0s

                1 step: 1 done, 0 cached, 0 failed.
                """);
    }

    @Test
    void nothingIsWrittenWhenNothingChanged() {
        engine.begin("a", "", "exec make", 0);
        screen.frame(List.of(), "");
        written.reset();
        screen.frame(List.of(), "");
        assertThat(written.size()).isZero();
    }

    @Test
    void nothingIsEverWrittenThatWouldHaveToBeUndone() {
        engine.begin("a", "", "exec make", 0);
        engine.print("a", "\u001b[31mred ┌─┐\n");
        screen.frame(List.of("\u001b[1mbold"), "");
        size = Size.of(20, 6);
        screen.resized();
        screen.frame(List.of(), "ask");
        screen.last(List.of());
        String all = written.toString(StandardCharsets.UTF_8);
        assertThat(all)
                .doesNotContain("\u001b[?")
                .doesNotContain("\u001b]")
                .doesNotContain("\u001b7")
                .doesNotContain("\u001b(");
        assertThat(all.lastIndexOf("\u001b[0m")).isGreaterThan(all.lastIndexOf("\u001b[1m"));
    }

    @Test
    void aTerminalThatBecomesNarrowerLosesTheBrokenTreeAndShowsItInItsNewWidth() {
        engine.begin("a", "", "exec make", 0);
        engine.print("a", "one\n");
        screen.frame(List.of("hello"), "");
        written.reset();
        size = Size.of(20, 10);
        screen.resized();
        screen.frame(List.of(), "");
        // The first of three lines is broken into two: the last begins three rows below it.
        assertThat(written.toString(StandardCharsets.UTF_8))
                .startsWith("\r\u001b[3A\u001b[J")
                .contains("1 step, 1 runni… ");
    }

    /** Wide characters, terminals of one column and of a thousand: whatever was drawn between, the end stands there whole. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theEndIsWholeHoweverOftenTheTerminalWasResized(long seed) {
        var random = new Random(seed);
        for (int step = 0; step < 20; step++) {
            String name = "exec 作る " + step;
            engine.begin("s" + step, "", name, 0);
            engine.print("s" + step, "┃ 出力 \u001b[31mé\t" + step + "\n");
            size = Size.of(
                    random.nextInt(4) == 0 ? random.nextInt(1, 4) : random.nextInt(1, 1001), random.nextInt(1, 60));
            emulator.setSize(size);
            screen.resized();
            screen.frame(List.of(), step % 5 == 0 ? "問い? " : "");
            shown();
            engine.end("s" + step, name, 0, Spans.SECOND, Status.OK, "");
        }
        size = Size.of(40, 10);
        emulator.setSize(size);
        screen.resized();
        screen.last(List.of());
        assertThat(emulatorText()).endsWith("""
                ✔ exec 作る 18                     1.0s
                ✔ exec 作る 19                     1.0s

                20 steps: 20 done, 0 cached, 0 failed.
                """);
    }

    @Test
    void aShellThatHadTheTerminalKeepsWhatItWrote() {
        engine.begin("a", "", "exec make", 0);
        screen.frame(List.of(), "");
        shown();
        emulator.write("\r\nStopped\r\n$ fg\r\n");
        screen.interrupted();
        screen.frame(List.of(), "");
        assertThat(shown())
                .containsExactly(
                        "● exec make                          5s",
                        "1 step, 1 running                    5s",
                        "Stopped",
                        "$ fg",
                        "● exec make                          5s",
                        "1 step, 1 running                    5s");
    }

    private String emulatorText() {
        emulator.write(written.toString(StandardCharsets.UTF_8));
        return emulator.toString()
                        .lines()
                        .map(String::stripTrailing)
                        .collect(Collectors.joining("\n"))
                        .stripTrailing() + "\n";
    }
}
