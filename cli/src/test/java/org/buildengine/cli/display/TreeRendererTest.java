package org.buildengine.cli.display;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.buildengine.client.progress.GoOn;
import org.buildengine.client.progress.Spans;
import org.buildengine.client.progress.Steps;
import org.buildengine.client.telemetry.SpanUpdate.Status;
import org.jline.utils.AttributedString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TreeRendererTest {
    private static final long SECOND = Spans.SECOND;
    private static final Theme PLAIN = new Theme(true, false);

    private final Steps steps = Spans.steps();
    private final Spans engine = new Spans(steps);

    private String frame(int columns, int rows, long now) {
        return text(steps.read(all -> renderer(PLAIN).frame(all, columns, rows, now)));
    }

    private String last(int columns) {
        return text(steps.read(all -> renderer(PLAIN).last(all, columns)));
    }

    private static TreeRenderer renderer(Theme theme) {
        return new TreeRenderer(theme, new GoOn(List.of("engine", "run", "make")));
    }

    private static String text(List<AttributedString> lines) {
        return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }

    private void aBuildInTheMiddle() {
        engine.cached("from", "from registry.example/base:1", 0);
        engine.begin("lib", "", "exec make lib", 0);
        engine.print("lib", "compiling\n");
        engine.end("lib", "exec make lib", 0, 2 * SECOND + 300_000_000L, Status.OK, "");
        engine.begin("docker", "", "Directory.dockerBuild", SECOND);
        engine.begin("inner", "docker", "exec go build ./...", 2 * SECOND);
        engine.print("inner", "package a\npackage b\n  10%\r  20%\r  30%");
        engine.begin("lint", "", "exec lint", 3 * SECOND);
        engine.print("lint", "a.go:1: no comment\n");
        engine.end("lint", "exec lint", 3 * SECOND, 4 * SECOND, Status.ERROR, "exit code: 1");
    }

    @Test
    void whatRunsIsOpenAndWhatEndedIsFolded() {
        aBuildInTheMiddle();
        assertThat(frame(60, 24, 75 * SECOND)).isEqualTo("""
                ✔ from registry.example/base:1                       cached
                ✔ exec make lib                                        2.3s
                ● Directory.dockerBuild                               1m14s
                  ● exec go build ./...                               1m13s
                    ┃ package a
                    ┃ package b
                    ┃   30%
                ✘ exec lint                                     failed 1.0s
                  ┃ a.go:1: no comment
                5 steps, 2 running, 1 done, 1 cached, 1 failed        1m15s
                """);
    }

    @Test
    void aNarrowTerminalCutsNamesAndOutputButNotTheState() {
        aBuildInTheMiddle();
        assertThat(frame(24, 24, 9 * SECOND)).isEqualTo("""
                ✔ from registry… cached
                ✔ exec make lib    2.3s
                ● Directory.dockerB… 8s
                  ● exec go build .… 7s
                    ┃ package a
                    ┃ package b
                    ┃   30%
                ✘ exec lint failed 1.0s
                  ┃ a.go:1: no comment
                5 steps, 2 running,… 9s
                """);
    }

    @Test
    void aLowTerminalKeepsWhatRuns() {
        aBuildInTheMiddle();
        assertThat(frame(40, 8, 9 * SECOND)).isEqualTo("""
                … 2 more
                ● Directory.dockerBuild              8s
                  ● exec go build ./...              7s
                    ┃   30%
                ✘ exec lint                 failed 1.0s
                  ┃ a.go:1: no comment
                5 steps, 2 running, 1 done, 1 cache… 9s
                """);
    }

    @Test
    void wideCharactersCountAsTwoColumnsAndTabsReachTheNextStop() {
        engine.begin("a", "", "exec 漢字漢字漢字漢字", 0);
        engine.print("a", "x\t漢字漢字漢字漢字\n");
        assertThat(frame(20, 24, SECOND)).isEqualTo("""
                ● exec 漢字漢字… 1s
                  ┃ x       漢字漢
                1 step, 1 runni… 1s
                """);
    }

    @Test
    void coloursOfOutputStayUnlessNobodyWantsThem() {
        engine.begin("a", "", "exec make", 0);
        engine.print("a", "\u001b[31mred\u001b[0m plain\n");
        List<AttributedString> coloured =
                steps.read(all -> renderer(new Theme(true, true)).frame(all, 40, 24, SECOND));
        assertThat(coloured.get(1).toAnsi()).containsPattern("\u001b\\[31(;22)?mred");
        List<AttributedString> colourless = steps.read(all -> renderer(PLAIN).frame(all, 40, 24, SECOND));
        assertThat(colourless.get(1).toAnsi()).isEqualTo("  ┃ red plain");
    }

    @Test
    void everyColourIsOneOfTheSixteen() {
        aBuildInTheMiddle();
        String ansi = steps.read(all -> renderer(new Theme(true, true)).last(all, 80)).stream()
                .map(AttributedString::toAnsi)
                .collect(Collectors.joining());
        assertThat(ansi).contains("\u001b[").doesNotContain("38;");
    }

    @Test
    void theEndShowsEveryStepAndTheLastLinesOfAFailureAndHowToGoOn() {
        aBuildInTheMiddle();
        engine.end("inner", "exec go build ./...", 2 * SECOND, 5 * SECOND, Status.OK, "");
        assertThat(last(60)).isEqualTo("""
                ✔ from registry.example/base:1                       cached
                ✔ exec make lib                                        2.3s
                ○ Directory.dockerBuild                            canceled
                  ✔ exec go build ./...                                3.0s
                ✘ exec lint                                     failed 1.0s

                Failed: exec lint
                  ┃ a.go:1: no comment
                  exit code: 1

                5 steps: 2 done, 1 cached, 1 failed, 1 canceled.
                To go on:
                  engine run make  # again; steps that are done stay done
                  engine --progress=plain -v run make  # again, with every call and all output
                  engine doctor  # checks this machine
                """);
    }

    @ParameterizedTest
    @CsvSource({"80,24", "20,10", "200,50", "5,3", "1,1", "80,2"})
    void thousandsOfStepsNeverFillMoreThanTheTerminal(int columns, int rows) {
        for (int i = 0; i < 3000; i++) {
            engine.begin("s" + i, i % 7 == 0 ? "" : "s" + (i - i % 7), "exec step " + i, i);
            engine.print("s" + i, "output\n".repeat(10));
            if (i % 50 != 0) {
                engine.end("s" + i, "exec step " + i, i, i + SECOND, i % 61 == 0 ? Status.ERROR : Status.OK, "");
            }
        }
        List<AttributedString> lines = steps.read(all -> renderer(PLAIN).frame(all, columns, rows, SECOND));
        assertThat(lines).hasSizeLessThan(Math.max(rows, 4));
        assertThat(lines).allMatch(line -> line.columnLength() <= Math.max(1, columns - 1));
    }

    @Test
    void manyFinishedStepsLeaveTheRecentOnes() {
        for (int i = 1; i <= 30; i++) {
            engine.begin("s" + i, "", "exec step " + i, 0);
            engine.print("s" + i, "a\nb\nc\nd\n");
            if (i != 10) {
                engine.end("s" + i, "exec step " + i, 0, SECOND, Status.OK, "");
            }
        }
        assertThat(frame(30, 10, SECOND)).isEqualTo("""
                … 27 more
                ● exec step 10             1s
                  ┃ a
                  ┃ b
                  ┃ c
                  ┃ d
                ✔ exec step 29           1.0s
                ✔ exec step 30           1.0s
                30 steps, 1 running, 29 d… 1s
                """);
    }

    @Test
    void noStepsMakeNoLines() {
        assertThat(frame(80, 24, SECOND)).isEmpty();
        assertThat(last(80)).isEmpty();
    }

    @Test
    void theEnvironmentChoosesMarksAndColours() {
        assertThat(Theme.of(Map.of("LANG", "en_US.UTF-8"))).isEqualTo(new Theme(true, true));
        assertThat(Theme.of(Map.of("LANG", "en_US.UTF-8", "LC_ALL", "C"))).isEqualTo(new Theme(false, true));
        assertThat(Theme.of(Map.of("LC_CTYPE", "C.utf8", "NO_COLOR", "1"))).isEqualTo(new Theme(true, false));
        assertThat(Theme.of(Map.of("NO_COLOR", ""))).isEqualTo(new Theme(false, true));
    }
}
