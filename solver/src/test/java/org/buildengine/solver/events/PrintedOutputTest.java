package org.buildengine.solver.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody hears of a run that did not listen when it was printed. */
class PrintedOutputTest {
    private static final Digest KEY = Digest.of("what it was done with");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00.000000001Z");

    @TempDir
    private Path directory;

    private EventLog log;

    @BeforeEach
    void open() throws Exception {
        log = EventLogs.open(directory, Long.MAX_VALUE).begin(7);
    }

    private static RunLog begin(EventLog log, String name) {
        return log.begin(log.reserve().orElseThrow(), KEY, KEY, name, NOW, InstantSource.fixed(NOW));
    }

    private static byte[] text(String text) {
        return text.getBytes(UTF_8);
    }

    /** Hears so many pieces again, and what is missing between them. */
    private static final class Again implements PrintedOutput.Hearer {
        private final int most;
        private final List<OutputPiece> pieces = new ArrayList<>();
        private final List<String> heard = new ArrayList<>();

        Again(int most) {
            this.most = most;
        }

        @Override
        public boolean printed(OutputPiece piece) {
            pieces.add(piece);
            heard.add(new String(piece.bytes(), UTF_8));
            return pieces.size() < most;
        }

        @Override
        public void lost(long bytes) {
            heard.add("(" + bytes + ")");
        }
    }

    private static PrintedOutput printed(RunLog run, PrintedOutput before, String... texts) {
        PrintedOutput printed = before;
        for (String text : texts) {
            for (OutputPiece piece : run.add(1, text(text))) {
                printed = printed.and(piece);
            }
        }
        return printed;
    }

    private static List<String> again(PrintedOutput printed) throws Exception {
        var again = new Again(Integer.MAX_VALUE);
        printed.replay(again);
        return again.heard;
    }

    @Test
    void whatOneRunPrintedSoFarIsReadAgainForWhoJoins() throws Exception {
        RunLog one = begin(log, "one");
        RunLog two = begin(log, "two");
        two.add(1, text("before\n"));
        PrintedOutput printed = PrintedOutput.NOTHING;
        var pieces = new ArrayList<OutputPiece>();
        for (int i = 0; i < 1000; i++) {
            for (OutputPiece piece : one.add(1 + i % 2, text("line " + i + " of one\n".repeat(20)))) {
                printed = printed.and(piece);
                pieces.add(piece);
            }
            two.add(1, text("line of two\n"));
        }
        one.add(1, text("too late\n"));

        var heard = new Again(Integer.MAX_VALUE);
        printed.replay(heard);
        assertThat(heard.pieces).usingRecursiveFieldByFieldElementComparator().isEqualTo(pieces);

        var enough = new Again(3);
        printed.and(new OutputPiece(1, NOW, text("not kept"), Optional.empty())).replay(enough);
        assertThat(enough.pieces).hasSize(3);
        assertThat(enough.heard).as("who wants no more misses nothing").hasSize(3);
    }

    @Test
    void whoJoinsIsToldWhereOutputIsMissing() throws Exception {
        var disk = new ScarceDisk();
        EventLog eight = EventLogs.open(directory, Long.MAX_VALUE, disk).begin(8);
        RunLog run = begin(eight, "exec one");
        disk.room(0);
        PrintedOutput lost = printed(run, PrintedOutput.NOTHING, "1", "22");
        assertThat(again(lost)).containsExactly("(3)");
        disk.room(Integer.MAX_VALUE);
        PrintedOutput kept = printed(run, lost, "one", "two");
        disk.room(0);
        PrintedOutput lostAgain = printed(run, kept, "1", "1");
        assertThat(again(lostAgain)).containsExactly("(3)", "one", "two", "(2)");
        disk.room(Integer.MAX_VALUE);
        assertThat(again(printed(run, lostAgain, "three"))).containsExactly("(3)", "one", "two", "(2)", "three");
        assertThat(again(printed(run, PrintedOutput.NOTHING, "four"))).containsExactly("four");
    }

    @Test
    void whoJoinsIsToldHowMuchOfADamagedLogIsMissing() throws Exception {
        PrintedOutput printed = printed(begin(log, "exec one"), PrintedOutput.NOTHING, "one", "two", "three");
        try (var file = new RandomAccessFile(directory.resolve("7.log").toFile(), "rw")) {
            file.seek(file.length() - "three".length() - Frame.OUTPUT - 1);
            file.write('x');
        }
        assertThat(again(printed)).containsExactly("one", "(8)");
        Files.delete(directory.resolve("7.log"));
        var again = new Again(Integer.MAX_VALUE);
        assertThatThrownBy(() -> printed.replay(again)).isInstanceOf(IOException.class);
        assertThat(again.heard).containsExactly("(11)");
    }

    @Test
    void runThatPrintsBeforeItHasALogIsKeptFromThenOn() throws Exception {
        var run = new RunLog(InstantSource.fixed(NOW));
        PrintedOutput before = printed(run, PrintedOutput.NOTHING, "before");
        log.keep(run, log.reserve().orElseThrow(), KEY, KEY, "exec one", NOW);
        PrintedOutput all = printed(run, before, "kept");
        run.end(Ending.SUCCEEDED, Duration.ZERO);
        log.close();
        assertThat(again(all)).containsExactly("(6)", "kept");
        var kinds = new ArrayList<Class<?>>();
        try (LogReader reader = log.read()) {
            while (!reader.atEnd()) {
                reader.next(Duration.ZERO).ifPresent(event -> kinds.add(event.getClass()));
            }
        }
        assertThat(kinds).containsExactly(Event.Began.class, Event.Lost.class, Event.Printed.class, Event.Ended.class);
        assertThat(log.done()).isTrue();
    }
}
