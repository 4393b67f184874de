package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.buildengine.solver.evidence.EvidenceSite.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StepNumbersTest {
    @TempDir
    @SuppressWarnings("NullAway.Init") // set by JUnit
    private Path root;

    @Test
    void stepsOfALastingBuildHaveNumbersAndNoRowIsReadTwiceHoweverManyAreUnknown() throws Exception {
        try (var site = new EvidenceSite(root);
                BuildLog one = site.history.begin("one", () -> Cancellation.CLIENT_ENDED)) {
            var counted = new CountedRows(site.snapshotter.buildRows());
            one.remembered(command("first"), Lookup.RECIPE, 0);
            Build build = site.history.read().build("one");
            var numbers = new StepNumbers(site.history, counted, build);
            assertThat(numbers.of(command("first").recipe())).isEqualTo(1);
            for (int i = 0; i < 50; i++) {
                one.remembered(command("step " + i), Lookup.RECIPE, 0);
                assertThat(numbers.of(Digest.of("unknown " + i))).isZero();
            }
            for (int i = 0; i < 50; i++) {
                assertThat(numbers.of(command("step " + i).recipe())).isEqualTo(2 + i);
            }
            assertThat(counted.read).hasValue(51);
        }
    }

    /** Counts the rows that are read. */
    private record CountedRows(BuildRows rows, AtomicInteger read) implements BuildRows {
        CountedRows(BuildRows rows) {
            this(rows, new AtomicInteger());
        }

        @Override
        public Optional<byte[]> get(Kind kind, byte[] key) throws IOException {
            Optional<byte[]> row = rows.get(kind, key);
            row.ifPresent(_ -> read.incrementAndGet());
            return row;
        }

        @Override
        public void scan(Kind kind, byte[] prefix, Visitor visitor) throws IOException {
            rows.scan(kind, prefix, (key, row) -> {
                read.incrementAndGet();
                visitor.visit(key, row);
            });
        }

        @Override
        public Optional<byte[]> lastKey(Kind kind) throws IOException {
            return rows.lastKey(kind);
        }

        @Override
        public void write(List<Change> changes) throws IOException {
            rows.write(changes);
        }
    }
}
