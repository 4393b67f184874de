package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.buildengine.snapshotter.linux.Mounts;
import org.buildengine.snapshotter.store.StoreInUseException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a process said that it published is there after its sudden death. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class KillIT {
    private static final int KILLS = 20;
    private static final Pattern COMPLETE = Pattern.compile("\\d+ \\d+/\\d+ sha256:[0-9a-f]{64}");

    @TempDir
    Path root;

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

    private Process start(int run) throws IOException {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-ea",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledPublisher.class.getName(),
                        root.toString(),
                        Integer.toString(run))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        running = Optional.of(child);
        return child;
    }

    private DiskSnapshotter open() throws IOException {
        return DiskSnapshotter.open(root, DiskSnapshotter.Options.with((staging, catalog) -> new PlainLayers(staging)));
    }

    @Test
    void everythingThatWasAnsweredIsThereAfterEachOfManyKills() throws Exception {
        long seed = System.nanoTime();
        var random = new Random(seed);
        List<String> answered = new ArrayList<>();
        for (int run = 0; run < KILLS; run++) {
            int before = answered.size();
            int lines = random.nextInt(60);
            Process child = start(run);
            try (BufferedReader said = child.inputReader(US_ASCII)) {
                assertThat(said.readLine()).isEqualTo("open");
                for (int i = 0; i < lines; i++) {
                    answered.add(said.readLine());
                }
                // Somewhere in the middle of the next one.
                Thread.sleep(0, random.nextInt(1_000_000));
                // Through the handle, since the process object would close the stream with what was said last.
                assertThat(child.toHandle().destroyForcibly()).isTrue();
                assertThat(child.waitFor(1, TimeUnit.MINUTES)).isTrue();
                said.lines().filter(line -> COMPLETE.matcher(line).matches()).forEach(answered::add);
            }
            try (DiskSnapshotter snapshotter = open()) {
                for (String line : answered.subList(run % 5 == 4 ? 0 : before, answered.size())) {
                    check(snapshotter, line, "seed " + seed);
                }
            }
            assertThat(Mounts.below(root)).isEmpty();
            assertThat(root.resolve("work")).isEmptyDirectory();
        }
        assertThat(answered).isNotEmpty();
    }

    private void check(DiskSnapshotter snapshotter, String line, String seed) throws IOException {
        String[] parts = line.split(" ", 3);
        String name = parts[1];
        Digest blob = Digest.parse(parts[2]);
        StoredResult result = snapshotter
                .results()
                .find(KeyKind.RECIPE, Digest.of(name))
                .orElseThrow(() -> new AssertionError("lost " + line + " (" + seed + ")"));
        assertThat(result.id()).isEqualTo(Long.parseLong(parts[0]));
        assertThat(result.facts()).containsEntry("name", name);
        assertThat(result.blobs()).containsExactly(blob);
        assertThat(snapshotter.results().find(KeyKind.PRODUCER, Digest.of("p" + name)))
                .contains(result);
        try (var in = snapshotter.blobs().open(blob, 0)) {
            assertThat(new String(in.readAllBytes(), US_ASCII)).isEqualTo(name.repeat(1000));
        }
        LayerId top = result.outputs().getFirst().layers().getLast();
        assertThat(root.resolve("layers/" + top + "/fs/file")).hasContent(name);
        for (LayerId layer : result.outputs().getFirst().layers()) {
            assertThat(Files.exists(root.resolve("layers/" + layer))).isTrue();
        }
    }

    @Test
    void storeOfARunningProcessIsRefusedWithItsNumber() throws Exception {
        Process child = start(0);
        try (BufferedReader said = child.inputReader(US_ASCII)) {
            assertThat(said.readLine()).isEqualTo("open");
            assertThatThrownBy(this::open)
                    .isInstanceOf(StoreInUseException.class)
                    .hasMessageContaining("process " + child.pid());
            assertThat(child.isAlive()).isTrue();
        }
    }
}
