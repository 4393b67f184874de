package org.buildengine.snapshotter.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.StoredResult;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * The files of the database are damaged in every way that is cheap to think of: the store opens, is consistent, and has all that
 * can still be read; what is found under a key is what was put there.
 */
class DamagedStoreIT {
    private static final int RUNS = 3;

    @TempDir
    static Path directory;

    private static Path whole;
    private static final List<String> ANSWERS = new ArrayList<>();
    private static int copies;

    @BeforeAll
    static void fill() throws Exception {
        whole = directory.resolve("whole");
        for (int run = 0; run < RUNS; run++) {
            Process writer = Writers.start(whole, "run" + run, "all");
            ANSWERS.addAll(new String(writer.getInputStream().readAllBytes(), US_ASCII)
                    .lines()
                    .toList());
            assertThat(writer.waitFor()).isZero();
        }
        flush(whole.resolve("store"));
    }

    /** Moves all rows from the log to files of their own, one for each table. */
    private static void flush(Path database) throws RocksDBException {
        try (var options = new Options();
                var databaseOptions = new DBOptions();
                var flush = new FlushOptions()) {
            var families = RocksDB.listColumnFamilies(options, database.toString()).stream()
                    .map(ColumnFamilyDescriptor::new)
                    .toList();
            var handles = new ArrayList<ColumnFamilyHandle>();
            try (RocksDB db = RocksDB.open(databaseOptions, database.toString(), families, handles)) {
                db.flush(flush, handles);
                for (ColumnFamilyHandle handle : handles) {
                    db.compactRange(handle);
                    handle.close();
                }
            }
        }
    }

    private static Path copy() throws Exception {
        Path copy = directory.resolve("copy" + copies++);
        var process = new ProcessBuilder("cp", "-a", whole.toString(), copy.toString())
                .inheritIO()
                .start();
        assertThat(process.waitFor()).isZero();
        return copy;
    }

    private static List<Path> files(Path root, Predicate<String> wanted) throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("store"))) {
            return files.filter(file -> wanted.test(file.getFileName().toString()))
                    .sorted()
                    .toList();
        }
    }

    private static boolean matters(String name) {
        return name.equals("CURRENT") || name.startsWith("MANIFEST") || name.endsWith(".sst") || name.endsWith(".log");
    }

    private static void flip(Path file, long at) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 0x5a));
            channel.write(one.rewind(), at);
        }
    }

    /** Opens it twice and checks it; returns how many results were found again. */
    private static int saved(Path root, String damage) throws Exception {
        int found = answersOf(root, damage);
        assertThat(answersOf(root, damage + ", and opened again")).isEqualTo(found);
        assertThat(StoreChecker.afterClosing(root)).as(damage).isEmpty();
        try (Stream<Path> beside = Files.list(root)) {
            assertThat(beside.map(path -> path.getFileName().toString()))
                    .as(damage)
                    .doesNotContain("store.damaged", "store.saved");
        }
        return found;
    }

    private static int answersOf(Path root, String damage) throws IOException {
        int found = 0;
        try (var snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults())) {
            for (String answer : ANSWERS) {
                Digest key = Digest.of(DyingWriter.KEPT + answer.split(" ", 2)[1]);
                Optional<StoredResult> result = snapshotter.results().find(KeyKind.RECIPE, key);
                if (result.isPresent()) {
                    Answers.checkContent(snapshotter, result.get(), answer, damage);
                    found++;
                }
            }
        }
        return found;
    }

    @Test
    void withoutDamageAllIsThere() throws Exception {
        Path root = copy();
        assertThat(answersOf(root, "nothing")).isEqualTo(ANSWERS.size());
        assertThat(StoreChecker.afterClosing(root)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"MANIFEST-999999\n", "", "nonsense"})
    void theFileThatNamesTheManifestIsNotNeeded(String content) throws Exception {
        Path root = copy();
        Files.writeString(root.resolve("store/CURRENT"), content);
        assertThat(saved(root, "CURRENT says " + content)).isEqualTo(ANSWERS.size());
    }

    @Test
    void theFileThatNamesTheManifestMayBeGone() throws Exception {
        Path root = copy();
        Files.delete(root.resolve("store/CURRENT"));
        assertThat(saved(root, "CURRENT is gone")).isEqualTo(ANSWERS.size());

        Path other = copy();
        for (Path file : files(other, name -> name.equals("CURRENT") || name.startsWith("MANIFEST"))) {
            Files.delete(file);
        }
        assertThat(saved(other, "CURRENT and MANIFEST are gone")).isBetween(0, ANSWERS.size());
        try (Stream<Path> beside = Files.list(other)) {
            assertThat(beside.map(path -> path.getFileName().toString()))
                    .as("what cannot be read is kept for people")
                    .anyMatch(name -> name.startsWith("store.damaged-"));
        }
    }

    /** The files of one table, as long as the process can tell them. */
    private static List<Path> filesOf(String table, Path root) throws RocksDBException {
        var found = new ArrayList<Path>();
        try (var options = new Options();
                var databaseOptions = new DBOptions()) {
            String database = root.resolve("store").toString();
            var families = RocksDB.listColumnFamilies(options, database).stream()
                    .map(ColumnFamilyDescriptor::new)
                    .toList();
            var handles = new ArrayList<ColumnFamilyHandle>();
            try (RocksDB db = RocksDB.openReadOnly(databaseOptions, database, families, handles)) {
                db.getLiveFilesMetaData().stream()
                        .filter(file -> new String(file.columnFamilyName(), US_ASCII).equals(table))
                        .forEach(file -> found.add(Path.of(file.path(), file.fileName())));
                handles.forEach(ColumnFamilyHandle::close);
            }
        }
        return found;
    }

    @ParameterizedTest
    @ValueSource(strings = {"layer", "blob"})
    void filesOfResultsAreFoundAgainWithoutTheirRows(String table) throws Exception {
        Path root = copy();
        List<Path> files = filesOf(table, root);
        assertThat(files).isNotEmpty();
        for (Path file : files) {
            flip(file, Files.size(file) / 3);
        }
        Files.writeString(root.resolve("store.damaged"), "as a running engine notes it\n");
        assertThat(saved(root, "all rows of " + table)).isEqualTo(ANSWERS.size());
    }

    /** Each table of rows, one after the other, with one byte changed in the middle. */
    @Test
    void aTableThatIsBrokenLosesItsRowsAndNoOther() throws Exception {
        int tables = files(copy(), name -> name.endsWith(".sst")).size();
        var found = new ArrayList<Integer>();
        for (int table = 0; table < tables; table++) {
            Path root = copy();
            Path file = files(root, name -> name.endsWith(".sst")).get(table);
            flip(file, Files.size(file) / 3);
            Files.writeString(root.resolve("store.damaged"), "as a running engine notes it\n");
            found.add(saved(root, "a byte of " + file.getFileName()));
        }
        assertThat(found).as("some tables are no matter").contains(ANSWERS.size());
        assertThat(found).as("some are").contains(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyFileCutOffOrChangedOrGone(int seed) throws Exception {
        var random = new Random(seed);
        Path root = copy();
        var damage = new StringBuilder();
        for (int i = 0; i <= seed % 3; i++) {
            List<Path> files = files(root, DamagedStoreIT::matters);
            Path file = files.get(random.nextInt(files.size()));
            long size = Files.size(file);
            damage.append(file.getFileName());
            switch (random.nextInt(3)) {
                case 0 -> {
                    Files.delete(file);
                    damage.append(" gone ");
                }
                case 1 -> {
                    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                        channel.truncate(size / 2);
                    }
                    damage.append(" cut off ");
                }
                default -> {
                    for (int bytes = 0; bytes < 3 && size > 0; bytes++) {
                        flip(file, random.nextLong(size));
                    }
                    damage.append(" changed ");
                }
            }
        }
        int found = saved(root, "seed " + seed + ": " + damage);
        assertThat(found).isBetween(0, ANSWERS.size());
    }

    /** A process that died between two steps of the replacement. */
    @Test
    void whatWasSavedTakesThePlaceWhenTheProcessDiesInBetween() throws Exception {
        Path root = copy();
        Files.writeString(root.resolve("store.damaged"), "noted", UTF_8);
        Files.move(root.resolve("store"), root.resolve("store.saved"));
        assertThat(saved(root, "moved aside, and not yet replaced")).isEqualTo(ANSWERS.size());

        Path other = copy();
        Files.writeString(other.resolve("store.damaged"), "noted", UTF_8);
        Files.createDirectories(other.resolve("store.saved"));
        Files.writeString(other.resolve("store.saved/CURRENT"), "half");
        assertThat(saved(other, "not yet saved as a whole")).isEqualTo(ANSWERS.size());
    }
}
