package org.buildengine.snapshotter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Digest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.FlushOptions;
import org.rocksdb.WriteBatch;

/** A table of many blocks that is broken in one of them; what a running engine notices; what a restart of the machine means. */
class SalvageTest {
    private static final int ROWS = 20_000;
    private static final String BOOT = "boot-1";

    @TempDir
    Path root;

    private Path directory() {
        return root.resolve("store");
    }

    /** The rows with numbers for keys, and as many with digests. */
    private void fill(long format) throws Exception {
        try (Database database = Database.open(directory(), BOOT);
                var batch = new WriteBatch()) {
            batch.put(database.family(Table.META), Store.FORMAT_KEY, RocksResultStore.bytes(format));
            Epochs.recordDurable(batch, database, BOOT, 1);
            for (int i = 0; i < ROWS; i++) {
                batch.put(database.family(Table.BUILD), RocksResultStore.bytes(i), new byte[100]);
                batch.put(database.family(Table.LINEAGE), Digest.of("row " + i).toBytes(), new byte[100]);
            }
            database.write(batch, false);
        }
        try (OpenDatabase open = OpenDatabase.at(directory());
                var flush = new FlushOptions()) {
            for (Table table : Table.values()) {
                open.db().flush(flush, open.family(table));
            }
        }
    }

    /** Changes a byte in the middle of the two large files. */
    private void damage() throws IOException {
        try (Stream<Path> files = Files.list(directory())) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".sst")).toList()) {
                if (Files.size(file) > 100_000) {
                    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.write(
                                ByteBuffer.wrap("damage".getBytes(StandardCharsets.US_ASCII)), Files.size(file) / 2);
                    }
                }
            }
        }
    }

    private static int count(Database database, Table table) throws IOException {
        int[] count = {0};
        database.scan(table, new byte[0], (_, _) -> count[0]++);
        return count[0];
    }

    @Test
    void rowsBeforeAndBehindABrokenBlockAreSaved() throws Exception {
        fill(Store.FORMAT);
        damage();
        try (Database database = Database.open(directory(), BOOT)) {
            for (Table table : new Table[] {Table.BUILD, Table.LINEAGE}) {
                assertThatThrownBy(() -> count(database, table))
                        .isInstanceOf(DamagedStoreException.class)
                        .hasMessageStartingWith("reading " + table + " from the store failed: it is damaged (")
                        .hasMessageEndingWith("); start the engine again, it saves what can be read");
            }
        }
        try (Database database = Database.open(directory(), BOOT)) {
            assertThat(count(database, Table.BUILD)).isBetween(ROWS * 9 / 10, ROWS - 1);
            assertThat(count(database, Table.LINEAGE)).isBetween(ROWS * 9 / 10, ROWS - 1);
        }
        assertThat(root.resolve("store.damaged")).doesNotExist();
    }

    /** The rows that say what reached the disk are all there, so the others can be judged by them. */
    @Test
    void rowsAreSavedAfterARestartOfTheMachineIfItsEpochsCanBeRead() throws Exception {
        fill(Store.FORMAT);
        damage();
        Files.createFile(root.resolve("store.damaged"));
        try (Database database = Database.open(directory(), "boot-2")) {
            assertThat(count(database, Table.BUILD)).isBetween(ROWS * 9 / 10, ROWS - 1);
            assertThat(Epochs.lost(database, "boot-2")).isTrue();
        }
    }

    @Test
    void nothingIsSavedAfterARestartIfAFileIsMissing() throws Exception {
        fill(Store.FORMAT);
        try (Stream<Path> files = Files.list(directory())) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".sst")).toList()) {
                if (Files.size(file) > 100_000) {
                    Files.delete(file);
                }
            }
        }
        try (Database database = Database.open(directory(), "boot-2")) {
            assertThat(database.get(Table.META, Store.FORMAT_KEY)).isEmpty();
        }
    }

    @Test
    void aNewerFormatIsLeftAsItIs() throws Exception {
        fill(Store.FORMAT + 1);
        Files.createFile(root.resolve("store.damaged"));
        assertThatThrownBy(() -> Database.open(directory(), BOOT)).isInstanceOf(StoreFormatException.class);
        assertThat(root.resolve("store.damaged")).exists();
        try (Database database = Database.make(directory(), new Reserve(root.resolve("reserve")))) {
            assertThat(count(database, Table.BUILD)).isEqualTo(ROWS);
        }
    }

    @Test
    void onlyTheLastDamagedStoreIsKept() throws Exception {
        fill(Store.FORMAT);
        for (int i = 0; i < 3; i++) {
            Files.createFile(root.resolve("store.damaged"));
            Database.open(directory(), BOOT).close();
        }
        try (Stream<Path> beside = Files.list(root)) {
            assertThat(beside.map(path -> path.getFileName().toString())
                            .filter(name -> name.startsWith("store.damaged-")))
                    .hasSize(1);
        }
    }
}
