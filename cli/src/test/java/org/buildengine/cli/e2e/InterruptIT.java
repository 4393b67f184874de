package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Programs that end in the middle of a step, many pipelines at once, and more output than there is memory. */
class InterruptIT {
    private static final Duration STEP_IS_DEAD = Duration.ofSeconds(2);
    private static final long OUTPUT_BYTES = Long.getLong("engine.output", 100_000_000);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private static Path directory;

    @SuppressWarnings("NullAway.Init") // set before all
    private static Site site;

    @BeforeAll
    static void open() throws IOException, InterruptedException {
        // A heap far below the output: whoever keeps the output dies of it.
        site = Site.open(directory, Map.of("ENGINE_MAX_HEAP", "96m"));
    }

    @AfterAll
    static void close() throws IOException {
        site.close();
    }

    @ParameterizedTest
    @CsvSource({"PYTHON,RUN,INT", "TYPESCRIPT,RUN,KILL", "PYTHON,SESSION,KILL", "TYPESCRIPT,SESSION,INT"})
    void stepDiesWithItsProgramAndTheNextRunWorks(Sdk sdk, Door door, String signal)
            throws IOException, InterruptedException {
        String nonce = Site.nonce();
        String step = "hangs-" + nonce;
        Running program = site.start(sdk, door, site.settings("hang", nonce));
        ScratchEngine.awaitStep(": " + step);

        if (signal.equals("INT")) {
            program.signalGroup(signal); // As a terminal sends it.
        } else {
            program.signal(signal);
        }

        await().atMost(STEP_IS_DEAD)
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(
                        () -> assertThat(ScratchEngine.processes(": " + step)).isEmpty());
        if (signal.equals("INT")) {
            assertThat(program.finish().code()).isNotZero();
        } else {
            program.signalGroup("KILL");
        }
        site.run(sdk, door, site.settings("pipeline", nonce)).succeeded();
        assertThat(site.engine().executions(nonce)).hasSize(5);
    }

    @ParameterizedTest
    @CsvSource({"PYTHON", "TYPESCRIPT"})
    void fiftyPipelinesOfOneProgramRunAtOnce(Sdk sdk) throws IOException, InterruptedException {
        String nonce = Site.nonce();
        int width = 50;
        Finished run = site.run(sdk, Door.RUN, site.settings("parallel", nonce).with("width", width))
                .succeeded();

        assertThat(run.said("stdouts")).hasSize(width);
        for (int i = 0; i < width; i++) {
            assertThat(run.said("stdouts").get(i).asText()).isEqualTo("shared\n" + (i + 1) + "\n");
        }
        List<String> executions = site.engine().executions(nonce);
        assertThat(executions).hasSize(3 * width + 1);
        assertThat(executions.stream().filter("0"::equals)).hasSize(1);
    }

    @Test
    void outputBiggerThanEveryHeapPasses() throws IOException, InterruptedException {
        Running program = site.start(
                Sdk.PYTHON,
                Door.RUN,
                site.settings("output", Site.nonce()).with("bytes", OUTPUT_BYTES),
                Map.of("ENGINE_JAVA_OPTS", "-Xmx64m"));
        Finished run = program.finish(Duration.ofMinutes(10)).succeeded();

        assertThat(run.said("done").asBoolean()).isTrue();
        assertThat(site.engine().daemon().alive()).isTrue();
        assertThat(site.engine().daemon().err()).doesNotContain("OutOfMemoryError");
    }
}
