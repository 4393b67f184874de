package org.buildengine.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class RowLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir
    private Path directory;

    private static byte[] row(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void everyReaderSeesEveryRowInOrder() throws Exception {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        var written = new ArrayList<byte[]>();
        try (var log = new RowLog(directory.resolve("rows"));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var early = threads.submit(() -> readAll(log.reader()));
            for (int i = 0; i < 2_000; i++) {
                var row = new byte[random.nextInt(50) == 0 ? 100_000 : random.nextInt(400)];
                random.nextBytes(row);
                written.add(row);
                int cut = random.nextInt(row.length + 1);
                log.append(Arrays.copyOf(row, cut), Arrays.copyOfRange(row, cut, row.length));
            }
            log.seal();
            assertThat(early.get()).as("seed %d", seed).containsExactlyElementsOf(written);
            assertThat(readAll(log.reader())).as("seed %d", seed).containsExactlyElementsOf(written);
        }
    }

    private static List<byte[]> readAll(RowLog.Reader reader) throws Exception {
        var all = new ArrayList<byte[]>();
        while (!reader.atEnd()) {
            all.addAll(reader.next(100, 1 << 20, PATIENCE));
        }
        assertThat(reader.row()).isEqualTo(all.size());
        return all;
    }

    /** Progress was kept in memory without bound, in other engines. Here it is in the file, all of it, and nowhere else. */
    @Test
    void item10RowsAreKeptInTheFileOnly() throws Exception {
        try (var log = new RowLog(directory.resolve("rows"))) {
            var written = new ArrayList<WeakReference<byte[]>>();
            for (int i = 0; i < 256; i++) {
                byte[] row = row("row " + i + ".".repeat(20_000));
                written.add(new WeakReference<>(row));
                log.append(row);
            }
            Awaitility.await().untilAsserted(() -> {
                System.gc();
                assertThat(written).allMatch(row -> row.get() == null);
            });
            log.seal();
            assertThat(readAll(log.reader())).hasSize(256);
        }
    }

    @Test
    void rowsAfterTheSealAreLeftOut() throws Exception {
        try (var log = new RowLog(directory.resolve("rows"))) {
            log.append(row("before"));
            log.seal();
            log.append(row("after"));
            assertThat(readAll(log.reader())).containsExactly(row("before"));
        }
    }

    @Test
    void rowsGatherUntilThereAreEnough() throws Exception {
        try (var log = new RowLog(directory.resolve("rows"))) {
            RowLog.Reader reader = log.reader();
            log.append(new byte[50_000]);
            log.append(new byte[50_000]);
            reader.gather(Duration.ofDays(1), 100, 100_000);
            assertThat(reader.next(10, 60_000, PATIENCE)).hasSize(1);
            assertThat(reader.next(10, 60_000, PATIENCE)).hasSize(1);
        }
    }

    @Test
    void readerOfALogThatIsClosedEnds() throws Exception {
        var log = new RowLog(directory.resolve("rows"));
        RowLog.Reader reader = log.reader();
        log.append(new byte[200_000]);
        log.close();
        assertThat(reader.next(10, 1000, PATIENCE)).isEmpty();
        assertThat(reader.atEnd()).isTrue();
    }

    @Test
    void fileGoesWithTheLog() throws Exception {
        Path file = directory.resolve("rows");
        try (var log = new RowLog(file)) {
            log.append(row("something"));
            assertThat(file).as("what fits into the tail needs none").doesNotExist();
            log.append(new byte[200_000]);
            assertThat(file).exists();
        }
        assertThat(Files.exists(file)).isFalse();
    }

    @Test
    void writerThatIsInterruptedBreaksNothing() throws Exception {
        try (var log = new RowLog(directory.resolve("rows"))) {
            Thread.currentThread().interrupt();
            log.append(new byte[200_000]);
            assertThat(Thread.interrupted()).isTrue();
            log.append(row("next"));
            log.seal();
            assertThat(readAll(log.reader())).hasSize(2);
        }
    }
}
