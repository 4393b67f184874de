package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon dies at any moment, as by {@code kill -9}: what was answered stays answered. */
class CrashIT {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int ROUNDS = Integer.getInteger("engine.crashes", 10);
    private static final int STEPS = 15;
    /** It takes a second or two; docs/dev/benchmarks/opening measures it. More than this is a daemon that hangs. */
    private static final Duration OPENS_WITHIN = Duration.ofSeconds(20);

    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path directory;

    @Test
    void everythingThatWasAnsweredBeforeTheDaemonWasKilledIsAHit() throws IOException, InterruptedException {
        long seed = Long.getLong("engine.seed", System.nanoTime());
        var random = new Random(seed);
        var starts = new ArrayList<Duration>();
        try (Site site = Site.open(directory, Map.of())) {
            int interrupted = 0;
            for (int round = 0; round < ROUNDS; round++) {
                String nonce = Site.nonce();
                String told = "seed " + seed + ", round " + round;
                Running program = site.start(
                        Sdk.PYTHON, Door.RUN, site.settings("stepwise", nonce).with("steps", STEPS));
                awaitBeginning(program);
                Thread.sleep(random.nextInt(1500));
                site.engine().kill();
                Finished broken = program.finish(Duration.ofSeconds(30));
                List<Integer> answered = answered(broken);
                interrupted += broken.code() == 0 ? 0 : 1;

                starts.add(site.engine().start());
                assertThat(ScratchEngine.processes("/cache/ran-$NONCE"))
                        .as("processes of steps that outlived the daemon, " + told)
                        .isEmpty();

                Finished whole = site.run(
                                Sdk.PYTHON,
                                Door.RUN,
                                site.settings("stepwise", nonce).with("steps", STEPS))
                        .succeeded();
                assertThat(whole.said("stdout").asText().lines())
                        .as(told)
                        .containsExactlyElementsOf(IntStream.range(0, STEPS)
                                .mapToObj(Integer::toString)
                                .toList());
                List<String> executions = site.engine().executions(nonce);
                for (int number : answered) {
                    assertThat(Collections.frequency(executions, Integer.toString(number)))
                            .as("executions of the answered step " + number + ", " + told)
                            .isEqualTo(1);
                }
            }
            assertThat(interrupted)
                    .as("programs that the crash met, seed " + seed)
                    .isPositive();
        }
        System.out.println("Starts after a crash, until it listened: " + starts);
        assertThat(starts).allSatisfy(start -> assertThat(start).isLessThan(OPENS_WITHIN));
    }

    private static void awaitBeginning(Running program) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + Running.PATIENCE.toNanos();
        while (program.alive() && !program.out().contains("answered") && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
    }

    private static List<Integer> answered(Finished program) throws IOException {
        var numbers = new ArrayList<Integer>();
        for (String line : program.out().lines().toList()) {
            JsonNode said = JSON.readTree(line);
            if (said.has("answered")) {
                numbers.add(said.get("answered").asInt());
            }
        }
        return numbers;
    }
}
