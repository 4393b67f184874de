package org.buildengine.solver.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventLogTest {
    private static final Digest RECIPE = Digest.of("what was asked for");
    private static final Digest PRODUCER = Digest.of("what it was done with");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.000000001Z");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration NONE = Duration.ZERO;

    @TempDir
    private Path directory;

    private EventLogs logs;
    private EventLog log;

    @BeforeEach
    void open() throws Exception {
        logs = EventLogs.open(directory, Long.MAX_VALUE);
        log = logs.begin(7);
    }

    private static RunLog begin(EventLog log, String name) {
        return log.begin(log.reserve().orElseThrow(), RECIPE, PRODUCER, name, NOW, InstantSource.fixed(NOW));
    }

    private static byte[] text(String text) {
        return text.getBytes(UTF_8);
    }

    private static List<Event> read(LogReader reader) throws Exception {
        var events = new ArrayList<Event>();
        read(reader, events);
        return events;
    }

    private static void read(LogReader reader, List<Event> into) throws Exception {
        while (!reader.atEnd()) {
            reader.next(PATIENCE).ifPresent(into::add);
        }
        reader.close();
    }

    private static List<String> lines(List<Event> events) {
        return events.stream()
                .map(event -> switch (event) {
                    case Event.Began began -> began.run() + " began " + began.name();
                    case Event.Printed printed ->
                        printed.run() + " printed " + new String(printed.bytes(), UTF_8) + " to " + printed.stream();
                    case Event.Lost lost -> lost.run() + " lost " + lost.bytes();
                    case Event.Ended ended -> ended.run() + " " + ended.ending() + " after " + ended.took();
                })
                .toList();
    }

    @Test
    void readerSeesAllRunsInTheOrderInWhichThingsHappened() throws Exception {
        RunLog one = begin(log, "exec one");
        RunLog two = begin(log, "exec two");
        two.add(2, text("warning"));
        one.add(1, text("output"));
        two.end(Ending.FAILED, Duration.ofMillis(3));
        one.end(Ending.SUCCEEDED, Duration.ofMillis(5));
        begin(log, "file silent").end(Ending.CANCELLED, Duration.ZERO);

        List<Event> events = read(log.read());
        assertThat(lines(events))
                .containsExactly(
                        "2 began exec two",
                        "2 printed warning to 2",
                        "1 began exec one",
                        "1 printed output to 1",
                        "2 FAILED after PT0.003S",
                        "1 SUCCEEDED after PT0.005S",
                        "3 began file silent",
                        "3 CANCELLED after PT0S");
        assertThat(events).allSatisfy(event -> assertThat(event.at()).isEqualTo(NOW));
        Event.Began began = (Event.Began) events.getFirst();
        assertThat(began.recipe()).isEqualTo(RECIPE);
        assertThat(began.producer()).isEqualTo(PRODUCER);
    }

    @Test
    void logIsThereAfterARestart() throws Exception {
        RunLog run = begin(log, "exec one");
        run.add(1, text("written"));
        // the process dies here

        EventLog later = EventLogs.open(directory, Long.MAX_VALUE).find(7).orElseThrow();
        LogReader reader = later.follow();
        assertThat(lines(read(reader))).containsExactly("1 began exec one", "1 printed written to 1");
        assertThat(reader.damaged()).isFalse();
        assertThat(later.reserve()).isEmpty();
    }

    @Test
    void whateverIsMissingAtTheEndAllBeforeItIsRead() throws Exception {
        var ends = new ArrayList<Long>();
        RunLog run = begin(log, "exec one");
        for (String text : List.of("first", "second, somewhat longer", "x")) {
            run.add(1, text(text));
            ends.add(log.end());
        }
        run.end(Ending.SUCCEEDED, Duration.ofNanos(1));
        ends.add(log.end());
        byte[] all = Files.readAllBytes(directory.resolve("7.log"));
        for (int length = Math.toIntExact(ends.getFirst()); length <= all.length; length++) {
            long end = length;
            int whole = 1 + (int) ends.stream().filter(each -> each <= end).count();
            // what a loss of power leaves: the length, but no bytes
            byte[] zeros = all.clone();
            Arrays.fill(zeros, length, zeros.length, (byte) 0);
            for (byte[] torn : List.of(Arrays.copyOf(all, length), zeros)) {
                Files.write(directory.resolve("8.log"), torn);
                LogReader reader = logs.find(8).orElseThrow().read();
                assertThat(read(reader)).as("cut at %s", length).hasSize(whole);
                assertThat(reader.damaged())
                        .as("damaged when cut at %s", length)
                        .isEqualTo(!ends.contains((long) torn.length) || length < torn.length);
            }
        }
        for (int length = 0; length < ends.getFirst(); length++) {
            Files.write(directory.resolve("8.log"), Arrays.copyOf(all, length));
            assertThat(read(logs.find(8).orElseThrow().read())).hasSizeLessThan(2);
        }
    }

    @Test
    void damagedByteEndsWhatIsRead() throws Exception {
        RunLog run = begin(log, "exec one");
        run.add(1, text("first"));
        long first = log.end();
        run.add(1, text("second"));
        byte[] all = Files.readAllBytes(directory.resolve("7.log"));
        for (int at = (int) first; at < all.length; at++) {
            for (int bit : new int[] {1, 0x80}) {
                byte[] damaged = all.clone();
                damaged[at] ^= (byte) bit;
                Files.write(directory.resolve("8.log"), damaged);
                LogReader reader = logs.find(8).orElseThrow().read();
                assertThat(lines(read(reader)))
                        .as("damaged at %s", at)
                        .containsExactly("1 began exec one", "1 printed first to 1");
                assertThat(reader.damaged()).isTrue();
            }
        }
    }

    @Test
    void logOfAnotherVersionIsRefused() throws Exception {
        Files.writeString(directory.resolve("8.log"), "events\0\2 and something new");
        LogReader reader = logs.find(8).orElseThrow().read();
        assertThatThrownBy(() -> reader.next(NONE))
                .isInstanceOf(IOException.class)
                .hasMessageEndingWith("8.log is a log of another version of the engine");
        reader.close();
    }

    @Test
    void followerHearsWhatComesUntilTheLastRunHasEnded() throws Exception {
        LogReader reader = log.follow();
        assertThat(reader.next(Duration.ofMillis(1))).isEmpty();
        assertThat(reader.atEnd()).isFalse();
        var heard = new CopyOnWriteArrayList<Event>();
        var all = new FutureTask<>(() -> {
            read(reader, heard);
            return lines(heard);
        });
        Thread follower = Thread.ofPlatform().start(all);
        await().atMost(PATIENCE.dividedBy(2)).until(() -> follower.getState() == Thread.State.TIMED_WAITING);
        RunLog run = begin(log, "exec one");
        run.add(1, text("while it lasts"));
        // sooner than the follower would look by itself
        await().atMost(PATIENCE.dividedBy(2))
                .untilAsserted(() -> assertThat(heard).hasSize(2));
        log.close();
        assertThat(log.done()).isFalse();
        run.add(1, text("after the build"));
        run.end(Ending.SUCCEEDED, Duration.ZERO);
        assertThat(all.get(10, TimeUnit.SECONDS))
                .containsExactly(
                        "1 began exec one",
                        "1 printed while it lasts to 1",
                        "1 printed after the build to 1",
                        "1 SUCCEEDED after PT0S");
        assertThat(log.done()).isTrue();
        assertThat(log.reserve()).isEmpty();
    }

    @Test
    void readerOfALogThatGrowsStopsWhereItBegan() throws Exception {
        RunLog run = begin(log, "exec one");
        run.add(1, text("before"));
        LogReader reader = log.read();
        run.add(1, text("after"));
        assertThat(lines(read(reader))).containsExactly("1 began exec one", "1 printed before to 1");
    }

    @Test
    void readerThatDoesNotReadKeepsNobodyWaiting() throws Exception {
        RunLog run = begin(log, "exec one");
        run.add(1, text("x"));
        LogReader slow = log.follow();
        slow.next(PATIENCE);
        byte[] much = new byte[1 << 16];
        var written = CompletableFuture.runAsync(() -> IntStream.range(0, 100).forEach(_ -> run.add(1, much)));
        written.get(10, TimeUnit.SECONDS);
        run.end(Ending.SUCCEEDED, Duration.ZERO);
        log.close();
        assertThat(read(slow)).hasSize(102);
    }

    @Test
    void outputIsCutWhereNoCharacterIs() {
        RunLog run = begin(log, "exec one");
        byte[] euro = text("€");
        assertThat(run.add(1, Arrays.copyOf(euro, 1))).isEmpty();
        assertThat(run.add(2, text("!"))).extracting(OutputPiece::stream).containsExactly(2);
        assertThat(texts(run.add(1, Arrays.copyOfRange(euro, 1, 3)))).containsExactly("€");
        run.add(1, Arrays.copyOf(euro, 2));
        run.add(2, Arrays.copyOf(euro, 1));
        assertThat(run.finish())
                .extracting(OutputPiece::bytes)
                .containsExactly(Arrays.copyOf(euro, 2), Arrays.copyOf(euro, 1));
        assertThat(run.finish()).isEmpty();

        String much = "x" + "€".repeat(1_000_000);
        List<String> pieces = texts(run.add(1, text(much)));
        assertThat(String.join("", pieces)).isEqualTo(much);
        assertThat(pieces).hasSize(3).noneMatch(piece -> piece.contains("\ufffd"));
    }

    private static List<String> texts(List<OutputPiece> pieces) {
        return pieces.stream().map(piece -> new String(piece.bytes(), UTF_8)).toList();
    }

    @Test
    void piecesAreReadByTheirPlacesAlsoWhenTheFileIsGone() throws Exception {
        RunLog run = begin(log, "exec one");
        run.add(1, text("first"));
        OutputPiece piece = run.add(1, text("second")).getFirst();
        try (LogBytes bytes = log.bytes()) {
            Files.delete(directory.resolve("7.log"));
            OutputPiece.Place place = piece.place().orElseThrow();
            assertThat(bytes.read(place.offset(), 6)).isEqualTo(text("second"));
        }
    }

    @Test
    void littleRoomIsNotFilledWithWhatIsLost() throws Exception {
        var disk = new ScarceDisk();
        EventLogs scarce = EventLogs.open(directory, Long.MAX_VALUE, disk);
        EventLog eight = scarce.begin(8);
        RunLog run = begin(eight, "exec one");
        run.add(1, text("before"));
        disk.room(500);
        for (int i = 0; i < 50; i++) {
            run.add(1, new byte[1000]);
            assertThat(eight.failure()).contains("No space left on device");
        }
        disk.room(Integer.MAX_VALUE);
        run.add(1, text("after"));
        assertThat(eight.failure()).isEmpty();
        assertThat(lines(read(eight.read())))
                .containsExactly("1 began exec one", "1 printed before to 1", "1 lost 50000", "1 printed after to 1");
    }

    @Test
    void failureBelongsToTheRunThatLostOutput() throws Exception {
        var disk = new ScarceDisk();
        EventLog eight = EventLogs.open(directory, Long.MAX_VALUE, disk).begin(8);
        RunLog losing = begin(eight, "exec one");
        RunLog writing = begin(eight, "exec two");
        disk.room(0);
        losing.add(1, text("lost"));
        disk.room(Integer.MAX_VALUE);
        writing.add(1, text("kept"));
        assertThat(eight.failure(run -> run.name().equals("exec one"))).contains("No space left on device");
        assertThat(eight.failure(run -> run.name().equals("exec two"))).isEmpty();
        assertThat(eight.failure()).contains("No space left on device");
        losing.end(Ending.SUCCEEDED, Duration.ZERO);
        assertThat(eight.failure()).isEmpty();
    }

    @Test
    void outputThatAFullDiskDoesNotTakeIsCounted() throws Exception {
        var disk = new ScarceDisk();
        EventLogs scarce = EventLogs.open(directory, Long.MAX_VALUE, disk);
        EventLog eight = scarce.begin(8);
        RunLog run = begin(eight, "exec one");
        run.add(1, text("before"));
        disk.room(0);
        assertThat(run.add(1, text("a long text that is lost, ")))
                .singleElement()
                .satisfies(piece -> assertThat(piece.place()).isEqualTo(Optional.empty()));
        run.add(1, text("and more"));
        disk.room(Integer.MAX_VALUE);
        run.add(1, text("!"));
        disk.room(0);
        run.add(1, text("never told"));
        RunLog unbegun = begin(eight, "exec two");
        unbegun.add(1, text("lost"));
        disk.room(Integer.MAX_VALUE);
        unbegun.end(Ending.SUCCEEDED, Duration.ZERO);
        disk.room(0);
        run.end(Ending.FAILED, Duration.ZERO);
        eight.close();

        LogReader reader =
                EventLogs.open(directory, Long.MAX_VALUE).find(8).orElseThrow().read();
        assertThat(lines(read(reader)))
                .containsExactly(
                        "1 began exec one",
                        "1 printed before to 1",
                        "1 lost 34",
                        "1 printed ! to 1",
                        "2 began exec two",
                        "2 lost 4",
                        "2 SUCCEEDED after PT0S",
                        // a half of what was to be written at the end
                        "1 lost 10");
    }

    @Test
    void directoryThatIsNotThereFailsNobody() throws Exception {
        EventLog lost = EventLogs.open(directory, 0, _ -> {
                    throw new IOException("Too many open files");
                })
                .begin(9);
        RunLog run = begin(lost, "exec one");
        assertThat(lost.failure()).isEmpty();
        assertThat(texts(run.add(1, text("shown all the same")))).containsExactly("shown all the same");
        assertThat(lost.failure()).contains("Too many open files");
        run.end(Ending.SUCCEEDED, Duration.ZERO);
        assertThat(read(lost.read())).isEmpty();
    }

    @Test
    void someRunsAreReadWithoutTheOthers() throws Exception {
        RunLog one = begin(log, "one");
        RunLog two = begin(log, "two");
        var expected = new ArrayList<String>(List.of("2 began two"));
        for (int i = 0; i < 200; i++) {
            one.add(1, new byte[i % 50 == 0 ? 300_000 : 10 * i + 1]);
            if (i % 3 == 0) {
                two.add(1, text("line " + i));
                expected.add("2 printed line " + i + " to 1");
            }
        }
        assertThat(lines(read(log.read(run -> run.name().equals("two"))))).isEqualTo(expected);
        assertThat(read(log.read(_ -> false))).isEmpty();
        assertThat(read(log.read(_ -> true))).hasSize(2 + 200 + 67);

        try (LogReader reader = log.follow(run -> run.name().equals("two"))) {
            for (String line : expected) {
                assertThat(lines(reader.next(Duration.ofSeconds(10)).stream().toList()))
                        .containsExactly(line);
            }
            one.add(1, text("of no interest"));
            assertThat(reader.next(Duration.ofSeconds(10))).isEmpty();
            assertThat(reader.atEnd()).isFalse();
            two.end(Ending.SUCCEEDED, Duration.ZERO);
            assertThat(reader.next(Duration.ofSeconds(10))).isPresent();
            one.end(Ending.SUCCEEDED, Duration.ZERO);
            log.close();
            assertThat(reader.next(Duration.ofSeconds(10))).isEmpty();
            assertThat(reader.next(Duration.ofSeconds(10))).isEmpty();
            assertThat(reader.atEnd()).isTrue();
            assertThat(reader.damaged()).isFalse();
        }
    }

    @Test
    void someRunsAreReadToTheEndOfALogThatBreaksOffInAnother() throws Exception {
        begin(log, "two").add(1, text("of interest"));
        begin(log, "one").add(1, new byte[200_000]);
        Path file = directory.resolve("7.log");
        try (var broken = new RandomAccessFile(file.toFile(), "rw")) {
            broken.setLength(broken.length() - 1);
        }
        LogReader reader = EventLogs.open(directory, Long.MAX_VALUE)
                .find(7)
                .orElseThrow()
                .read(run -> run.name().equals("two"));
        assertThat(lines(read(reader))).containsExactly("1 began two", "1 printed of interest to 1");
        assertThat(reader.damaged()).isTrue();
    }

    @Test
    void runThatIsOverLeavesItsPlaceInALog() {
        var run = new RunLog(InstantSource.fixed(NOW));
        run.end(Ending.SUCCEEDED, Duration.ZERO);
        log.keep(run, log.reserve().orElseThrow(), RECIPE, PRODUCER, "exec one", NOW);
        log.close();
        assertThat(log.done()).isTrue();
    }

    @Test
    void whyTheEndOfALogIsMissingIsKnownUntilItIsForgotten() throws Exception {
        var disk = new ScarceDisk();
        EventLogs scarce = EventLogs.open(directory, Long.MAX_VALUE, disk);
        EventLog eight = scarce.begin(8);
        RunLog run = begin(eight, "exec one");
        run.add(1, text("before"));
        disk.room(0);
        run.add(1, text("lost"));
        assertThat(scarce.failure(8)).contains("No space left on device");
        disk.room(Integer.MAX_VALUE);
        run.add(1, text("after"));
        assertThat(scarce.failure(8)).isEmpty();
        disk.room(0);
        run.end(Ending.SUCCEEDED, Duration.ZERO);
        eight.close();
        assertThat(scarce.failure(8)).contains("No space left on device");
        assertThat(scarce.find(8).orElseThrow().failure()).contains("No space left on device");
        scarce.forget(8, Set.of(8L));
        assertThat(scarce.failure(8)).contains("No space left on device");
        scarce.forget(8, Set.of());
        assertThat(scarce.failure(8)).isEmpty();
    }
}
