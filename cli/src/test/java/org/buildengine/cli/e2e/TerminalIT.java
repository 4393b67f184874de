package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.buildengine.server.fixture.ImageFixture;
import org.buildengine.server.fixture.RegistryFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The live tree on a real pseudo terminal, as a user meets it. */
class TerminalIT {
    private static final String INTERRUPT = "\u0003";
    /** A sequence that chooses how text looks. */
    private static final Pattern LOOK = Pattern.compile("\u001b\\[([0-9;]*)m");
    /** The looks of terminals with sixteen colours: all but the colours that are named by number or by their parts. */
    private static final String SIXTEEN = "([0-9]|2[1-9]|[349][0-79]|10[0-7]|)";
    /** A step writes in a colour that only terminals of 256 have. */
    private static final String ORANGE = "printf '\\\\033[38;5;208morange\\\\033[0m\\\\n'";

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before all
    private static RegistryFixture registry;

    @SuppressWarnings("NullAway.Init") // set before all
    private static ScratchEngine engine;

    @BeforeAll
    static void open() throws IOException, InterruptedException {
        registry = RegistryFixture.start(directory.resolve("registry"));
        registry.push("library/alpine", "latest", ImageFixture.alpine());
        engine = ScratchEngine.start(directory.resolve("engine"), Map.of());
    }

    @AfterAll
    static void close() throws IOException {
        try {
            engine.close();
        } finally {
            registry.close();
        }
    }

    /** A document of two steps; the second is a line of the shell. */
    private static Path document(String nonce, String line) throws IOException {
        return Files.writeString(
                directory.resolve(nonce + ".graphql"),
                "{container{from(address:\"" + registry.host()
                        + "/library/alpine:latest\"){withExec(args:[\"echo\",\"first-" + nonce
                        + "\"]){withExec(args:[\"sh\",\"-c\",\"" + line + "\"]){stdout}}}}}");
    }

    private static Map<String, String> terminal(String type, String... more) {
        var environment = new HashMap<>(Map.of("TERM", type, "LC_ALL", "C.UTF-8", "NO_COLOR", ""));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return environment;
    }

    private static OnTerminal query(Map<String, String> terminal, Path document, OnTerminal.Event... events)
            throws IOException, InterruptedException {
        return OnTerminal.run(engine, terminal, List.of(events), List.of("query", "--doc", document.toString()));
    }

    private static List<String> looks(String raw) {
        return LOOK.matcher(raw)
                .results()
                .map(look -> look.group(1))
                .flatMap(codes -> Stream.of(codes.split(";", -1)))
                .distinct()
                .toList();
    }

    private static void assertUntouched(OnTerminal run) {
        assertThat(run.modesKept()).as("the terminal's modes").isTrue();
        // Neither another screen, nor a hidden cursor, nor another mode, nor another character set.
        assertThat(run.raw()).doesNotContain("\u001b[?", "\u001b(", "\u001b)", "\u001b7", "\u001b=", "\u001b]");
        List<String> looks =
                LOOK.matcher(run.raw()).results().map(look -> look.group(1)).toList();
        if (!looks.isEmpty()) {
            assertThat(looks.getLast()).isIn("", "0");
        }
    }

    @Test
    void queryLeavesEachStepAndItsAnswerOnTheScreen() throws IOException, InterruptedException {
        String nonce = Site.nonce();
        OnTerminal run = query(terminal("xterm-256color"), document(nonce, "echo second-" + nonce));

        assertThat(run.code()).as(run.raw()).isZero();
        List<String> screen = run.screen(OnTerminal.COLUMNS);
        assertThat(screen).anyMatch(line -> line.matches("✔ from localhost:\\d+/library/alpine:latest .*(s|cached)"));
        assertThat(screen).anyMatch(line -> line.matches("✔ exec echo first-" + nonce + " +\\d.*s"));
        assertThat(screen).anyMatch(line -> line.matches("✔ exec sh -c .*second-" + nonce + ".* +\\d.*s"));
        assertThat(screen).anyMatch(line -> line.matches("3 steps: \\d done, \\d cached, 0 failed\\."));
        assertThat(screen).anyMatch(line -> line.contains("\"stdout\": \"second-" + nonce));
        assertUntouched(run);
    }

    @Test
    void whatAProgramPrintsStandsAboveTheTree() throws IOException, InterruptedException {
        String nonce = Site.nonce();
        String query = Files.readString(document(nonce, "echo second-" + nonce)).replace("\\", "\\\\");
        Path body = Files.writeString(
                directory.resolve(nonce + ".json"), "{\"query\":\"" + query.replace("\"", "\\\"") + "\"}");
        String program = "echo program-" + nonce
                + "; curl -sS -o /dev/null -H content-type:application/json -u $DAGGER_SESSION_TOKEN: -d @" + body
                + " http://127.0.0.1:$DAGGER_SESSION_PORT/query; exit 5";

        OnTerminal run =
                OnTerminal.run(engine, terminal("xterm-256color"), List.of(), List.of("run", "sh", "-c", program));

        assertThat(run.code()).as(run.raw()).isEqualTo(5);
        List<String> screen = run.screen(OnTerminal.COLUMNS);
        assertThat(screen.getFirst()).isEqualTo("program-" + nonce);
        assertThat(screen).anyMatch(line -> line.matches("✔ exec echo first-" + nonce + " +\\d.*s"));
        assertUntouched(run);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xterm-256color", "vt100"})
    void interruptEndsTheStepAndLeavesTheTerminalAsItWas(String type) throws IOException, InterruptedException {
        String nonce = Site.nonce();
        OnTerminal run = query(
                terminal(type),
                document(nonce, ORANGE + "; echo " + nonce + "-$((40 + 2)); exec sleep 1000"),
                OnTerminal.Event.type(nonce + "-42", INTERRUPT));

        assertThat(run.code()).as(run.raw()).isNotZero();
        assertUntouched(run);
        assertThat(run.raw()).endsWith("\n");
    }

    @Test
    void narrowerTerminalGetsATreeOfItsWidth() throws IOException, InterruptedException {
        String nonce = Site.nonce();
        String longName = "a-long-name-that-needs-more-than-forty-columns-" + nonce;
        OnTerminal run = query(
                terminal("xterm-256color"),
                document(nonce, "echo " + nonce + "-$((40 + 2)); sleep 2; echo two; sleep 1; true " + longName),
                OnTerminal.Event.resize(nonce + "-42", 40));

        assertThat(run.code()).as(run.raw()).isZero();
        assertThat(run.screen(OnTerminal.COLUMNS)).anyMatch(line -> line.matches("● exec sh -c .* +\\d.*s"));
        // Whatever is too long for the terminal's width would have its duration in the next line.
        assertThat(run.screen(40))
                .anyMatch(line -> line.matches("✔ exec echo first-.*\\d.*s"))
                .anyMatch(line -> line.matches("✔ exec sh -c .*… +\\d.*s"))
                .allMatch(line -> !line.matches(" *[\\d.]+s"));
        assertThat(run.raw()).doesNotContain("Exception");
        assertUntouched(run);
    }

    @ParameterizedTest
    @ValueSource(strings = {"xterm", "linux"})
    void terminalOfFewColoursGetsNoOthers(String type) throws IOException, InterruptedException {
        String nonce = Site.nonce();
        OnTerminal run = query(terminal(type), document(nonce, ORANGE + "; echo " + nonce + "; sleep 0.5; exit 3"));

        assertThat(run.raw()).contains("orange");
        assertThat(looks(run.raw())).contains("31", "32").allMatch(code -> code.matches(SIXTEEN));
        assertUntouched(run);
    }

    @Test
    void noColourIsShownToWhoWantsNone() throws IOException, InterruptedException {
        String nonce = Site.nonce();
        OnTerminal run = query(
                terminal("xterm-256color", "NO_COLOR", "1"),
                document(nonce, ORANGE + "; echo " + nonce + "; sleep 0.5; exit 3"));

        assertThat(run.raw()).contains("orange");
        assertThat(looks(run.raw())).allMatch(code -> code.isEmpty() || code.equals("0"));
        assertUntouched(run);
    }

    @Test
    void dumbTerminalGetsPlainLines() throws IOException, InterruptedException {
        String nonce = Site.nonce();
        OnTerminal run = query(terminal("dumb"), document(nonce, "echo second-" + nonce));

        assertThat(run.code()).as(run.raw()).isZero();
        assertThat(run.raw())
                .doesNotContain("\u001b")
                .containsPattern("#\\d+ DONE")
                .contains("| second-" + nonce);
        assertThat(run.modesKept()).isTrue();
    }
}
