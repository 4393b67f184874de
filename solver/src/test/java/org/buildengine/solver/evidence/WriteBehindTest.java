package org.buildengine.solver.evidence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;
import org.buildengine.snapshotter.BuildRows.Change;
import org.buildengine.snapshotter.BuildRows.Kind;
import org.buildengine.solver.MemoryRows;
import org.junit.jupiter.api.Test;

/** What is read, and by whom, before rows are written. */
class WriteBehindTest {
    private final BuildRows disk = new MemoryRows();
    private final WriteBehind rows = new WriteBehind(disk);

    private static Change put(String key, String value) {
        return Change.put(Kind.STEP, key.getBytes(UTF_8), value.getBytes(UTF_8));
    }

    private static Optional<String> get(BuildRows rows, String key) throws IOException {
        return rows.get(Kind.STEP, key.getBytes(UTF_8)).map(value -> new String(value, UTF_8));
    }

    @Test
    void latestRowIsReadBeforeItIsWritten() throws Exception {
        disk.write(List.of(put("a", "old"), put("b", "old")));
        rows.write(List.of(put("a", "new"), put("c", "new")));
        rows.write(List.of(put("a", "newer"), Change.delete(Kind.STEP, "b".getBytes(UTF_8))));
        assertThat(List.of(get(rows, "a"), get(rows, "b"), get(rows, "c")))
                .containsExactly(Optional.of("newer"), Optional.empty(), Optional.of("new"));
        assertThat(get(disk, "a")).contains("old");

        rows.flush();
        assertThat(List.of(get(disk, "a"), get(disk, "b"), get(disk, "c")))
                .containsExactly(Optional.of("newer"), Optional.empty(), Optional.of("new"));
    }

    @Test
    void scanSeesWhatWasNotWritten() throws Exception {
        rows.write(List.of(put("a", "new")));
        var seen = new ArrayList<String>();
        rows.scan(Kind.STEP, new byte[0], (_, value) -> seen.add(new String(value, UTF_8)));
        assertThat(seen).containsExactly("new");
    }

    @Test
    void rowsThatCouldNotBeWrittenAreWrittenWithTheNext() throws Exception {
        var mortal = new MortalRows(disk);
        mortal.failNext();
        var behind = new WriteBehind(mortal);
        behind.write(List.of(put("a", "1")));
        assertThatThrownBy(behind::flush).isInstanceOf(IOException.class);
        behind.write(List.of(put("b", "2")));
        behind.flush();
        assertThat(get(disk, "a")).contains("1");
        assertThat(get(disk, "b")).contains("2");
    }

    @Test
    void rowsThatCannotBeWrittenForLongAreGivenUp() throws Exception {
        var mortal = new MortalRows(disk);
        mortal.failNext();
        var behind = new WriteBehind(mortal);
        for (int i = 0; i <= 10_000; i++) {
            behind.write(List.of(put("a" + i, "1")));
        }
        assertThatThrownBy(behind::flush).isInstanceOf(IOException.class);
        assertThat(get(behind, "a0")).isEmpty();
    }
}
