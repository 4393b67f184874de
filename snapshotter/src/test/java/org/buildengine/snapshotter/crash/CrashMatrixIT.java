package org.buildengine.snapshotter.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.Mounts;
import org.buildengine.snapshotter.store.StoreInUseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process dies at every point of every path that writes, and at moments of no choice. Each time the store opens, fits
 * together, has nothing left over, and still answers everything that it had said it would.
 */
class CrashMatrixIT {
    /** How many deaths at each point: at the first time it is passed, the second, and so on. */
    private static final int TIMES = Integer.getInteger("engine.crash.times", 1);

    /** For how long it is killed at random; {@code docs/dev/crash-matrix} takes longer. */
    private static final Duration AT_RANDOM = Duration.ofSeconds(Integer.getInteger("engine.crash.seconds", 15));

    @TempDir
    Path root;

    private final List<String> answered = new ArrayList<>();
    private Optional<Process> running = Optional.empty();

    @AfterEach
    void endTheChild() throws Exception {
        if (running.isPresent()) {
            assertThat(running.get().destroyForcibly().waitFor(1, TimeUnit.MINUTES))
                    .isTrue();
        }
        for (String mounted : Mounts.below(root)) {
            Mounts.detach(mounted);
        }
    }

    private Process start(String run, String... point) throws IOException {
        Process child = Writers.start(
                root, Stream.concat(Stream.of(run), Stream.of(point)).toArray(String[]::new));
        running = Optional.of(child);
        return child;
    }

    @Test
    void storeIsWholeAfterADeathAtEachPoint() throws Exception {
        for (WritePoint point : WritePoint.values()) {
            for (int times = 1; times <= TIMES; times++) {
                Process child = start(point + "-" + times, point.name(), Integer.toString(times));
                int before = answered.size();
                try (BufferedReader said = child.inputReader(US_ASCII)) {
                    said.lines().forEach(answered::add);
                }
                assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
                assertThat(child.exitValue())
                        .as(point + " was reached " + times + " times")
                        .isEqualTo(DyingWriter.DIED);
                check(point + ", time " + times, before);
            }
        }
        check("at the end", 0);
    }

    @Test
    void storeIsWholeAfterDeathsAtRandomMoments() throws Exception {
        long seed = Long.getLong("engine.seed", System.nanoTime());
        var random = new Random(seed);
        long end = System.nanoTime() + AT_RANDOM.toNanos();
        for (int run = 0; run < 3 || System.nanoTime() < end; run++) {
            Process child = start("random" + run, "none", "0");
            int before = answered.size();
            int lines = random.nextInt(40);
            try (BufferedReader said = child.inputReader(US_ASCII)) {
                for (int i = 0; i < lines; i++) {
                    answered.add(said.readLine());
                }
                Thread.sleep(random.nextInt(30));
                // Through the handle, since the process object would close the stream with what was said last.
                assertThat(child.toHandle().destroyForcibly()).isTrue();
                assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
                said.lines().filter(line -> line.matches("\\d+ \\S+-\\d+-\\d+")).forEach(answered::add);
            }
            check("death " + run + " with -Dengine.seed=" + seed, before);
        }
        check("at the end", 0);
    }

    @Test
    void storeOfARunningProcessIsRefusedWithItsNumber() throws Exception {
        Process child = start("running", "none", "0");
        try (BufferedReader said = child.inputReader(US_ASCII)) {
            assertThat(said.readLine()).isNotNull();
            assertThatThrownBy(() -> DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults()))
                    .isInstanceOf(StoreInUseException.class)
                    .hasMessageContaining("process " + child.pid());
            assertThat(child.isAlive()).isTrue();
        }
    }

    private void check(String when, int from) throws Exception {
        assertThat(StoreChecker.afterDeath(root)).as("left after " + when).isEmpty();
        try (var snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults())) {
            for (String line : answered.subList(from, answered.size())) {
                Answers.check(snapshotter, line, when);
            }
            if (!answered.isEmpty()) {
                Answers.checkLatest(snapshotter, answered.getLast(), when);
            }
        }
        assertThat(StoreChecker.afterClosing(root)).as("opened after " + when).isEmpty();
        assertThat(Mounts.below(root)).as(when).isEmpty();
    }
}
