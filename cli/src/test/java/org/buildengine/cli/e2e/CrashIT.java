package org.buildengine.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon dies at any moment, as by {@code kill -9}: what was answered stays answered. Each tenth pipeline is a program
 * with an SDK, the others are sessions of this virtual machine, so that many crashes fit into a few minutes.
 */
@Tag(Site.LONG)
@Timeout(1800)
class CrashIT {
    private static final int ROUNDS = Integer.getInteger("engine.crashes", 50);
    private static final int STEPS = 15;

    /** About as long as the whole takes, in milliseconds. */
    private static final int PIPELINE_MILLIS = 1000;

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
                Stepwise broken = start(site, round, nonce);
                awaitBeginning(broken);
                Thread.sleep(random.nextInt(PIPELINE_MILLIS));
                interrupted += broken.running() ? 1 : 0;
                site.engine().kill();
                broken.end();
                List<Integer> answered = broken.answered();

                starts.add(site.engine().start());
                assertThat(ScratchEngine.processes("/cache/ran-$NONCE"))
                        .as("processes of steps that outlived the daemon, " + told)
                        .isEmpty();
                assertThat(site.engine().root().resolve("telemetry"))
                        .as("telemetry of sessions that ended with the daemon, " + told)
                        .isEmptyDirectory();

                assertThat(start(site, round, nonce).end().lines())
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
                    .as("pipelines that the crash met, seed " + seed)
                    .isPositive();
        }
        System.out.println("Starts after a crash, until it listened: " + starts);
    }

    private static Stepwise start(Site site, int round, String nonce) throws IOException {
        return round % 10 == 0
                ? Stepwise.Program.start(site, nonce, STEPS)
                : Stepwise.Session.start(site, nonce, STEPS);
    }

    private static void awaitBeginning(Stepwise pipeline) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + Running.PATIENCE.toNanos();
        while (pipeline.running() && pipeline.answered().isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
    }
}
