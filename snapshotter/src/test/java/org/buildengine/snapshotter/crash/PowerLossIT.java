package org.buildengine.snapshotter.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The power fails under load. The root lies on an ext4 in a file, behind a loop device that writes past the page cache; the file
 * lies on an XFS, which clones it in one instant. What is in a clone is what a disk would have had then. Mounted after that, on
 * what counts as another run of the kernel, the store opens and is consistent, and has all that was answered before the last
 * epoch that had become durable when the power failed.
 */
class PowerLossIT {
    private static final int LOSSES_OF_A_DISK = 12;
    private static final long MEBIBYTE = 1 << 20;

    /** For how long; {@code docs/dev/power-loss} takes longer. */
    private static final Duration AT_RANDOM = Duration.ofSeconds(Integer.getInteger("engine.power.seconds", 10));

    @TempDir
    Path temporary;

    /** Else it would be mapped from one of the disks, which could not be unmounted then. */
    @BeforeAll
    static void loadTheNativeLibrary(@TempDir Path elsewhere) throws IOException {
        DiskSnapshotter.open(elsewhere, DiskSnapshotter.Options.defaults()).close();
    }

    /** What the writer said so far. */
    private static final class Said {
        private final List<String> answered = new ArrayList<>();
        private int ending;
        private int durable;

        synchronized void line(String line) {
            switch (line) {
                case DyingWriter.ENDING -> ending = answered.size();
                case DyingWriter.DURABLE -> durable = ending;
                default -> answered.add(line);
            }
        }

        /** What no loss of power from now on can take. */
        synchronized List<String> durable() {
            return List.copyOf(answered.subList(0, durable));
        }
    }

    @Test
    void storeIsWholeAndAtMostAnEpochOldAfterTheLossOfPower() throws Exception {
        long seed = Long.getLong("engine.seed", System.nanoTime());
        var random = new Random(seed);
        long end = System.nanoTime() + AT_RANDOM.toNanos();
        int losses = 0;
        do {
            losses += disk(random, end, "with -Dengine.seed=" + seed);
        } while (System.nanoTime() < end);
        System.out.println(losses + " losses of power");
    }

    private int disk(Random random, long end, String with) throws Exception {
        Path outer = temporary.resolve("outer");
        LoopDisk.formatXfs(outer, 2048 * MEBIBYTE);
        int losses = 0;
        try (LoopDisk clones = LoopDisk.mount(outer, temporary.resolve("clones"))) {
            Path file = clones.directory().resolve("disk");
            LoopDisk.format(file, 512 * MEBIBYTE);
            try (LoopDisk disk = LoopDisk.mount(file, temporary.resolve("mounted"))) {
                Process writer = Writers.start(disk.directory().resolve("root"), "power", "epochs");
                try {
                    var said = new Said();
                    Thread reader = Thread.ofPlatform()
                            .start(() -> writer.inputReader(US_ASCII).lines().forEach(said::line));
                    Awaitility.await()
                            .atMost(Duration.ofMinutes(1))
                            .until(() -> !said.durable().isEmpty());
                    do {
                        Thread.sleep(random.nextInt(300));
                        List<String> durable = said.durable();
                        Path clone = clones.directory().resolve("clone");
                        LoopDisk.run("cp", "--reflink=always", file.toString(), clone.toString());
                        check(clone, durable, "loss " + losses + " " + with);
                        Files.delete(clone);
                        losses++;
                    } while (losses < LOSSES_OF_A_DISK && System.nanoTime() < end);
                    assertThat(writer.isAlive()).isTrue();
                    writer.destroyForcibly();
                    reader.join(Duration.ofMinutes(1));
                } finally {
                    writer.destroyForcibly().waitFor(1, TimeUnit.MINUTES);
                }
            }
        }
        Files.delete(outer);
        return losses;
    }

    private void check(Path clone, List<String> durable, String when) throws Exception {
        try (LoopDisk disk = LoopDisk.mount(clone, temporary.resolve("after"))) {
            Path root = disk.directory().resolve("root");
            try (var snapshotter = DiskSnapshotter.open(
                    root, DiskSnapshotter.Options.defaults().withBootId("after " + when))) {
                for (String line : durable) {
                    Answers.check(snapshotter, line, when);
                }
                Answers.checkLatest(snapshotter, durable.getLast(), when);
            }
            assertThat(StoreChecker.afterClosing(root)).as(when).isEmpty();
        }
    }
}
