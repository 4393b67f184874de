package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/**
 * Copies what can be read of a damaged database. Of a table that is broken in the middle, all but the rows of the broken
 * blocks is had; of layers and blobs the files say that they are there, see {@link FoundFiles}. What other rows were needed for is
 * sorted out as at every start, see {@link Reconciliation}.
 *
 * <p>Rows say what files hold, and after a restart of the machine only the rows of epochs tell which files to believe. So if
 * it was restarted since, these rows must be there as a whole, or nothing is saved.
 */
final class Salvage {
    private static final System.Logger LOG = System.getLogger(Salvage.class.getName());

    /** How far the other rows can be trusted, and which numbers are taken. */
    private static final Set<Table> ABOUT_OTHERS = Set.of(Table.META, Table.EPOCH, Table.INTENT);

    private static final List<Table> BY_RESULT = List.of(Table.RESULT, Table.USED, Table.TOMBSTONE);
    private static final List<Table> POINTERS = List.of(Table.RECIPE, Table.PRODUCER, Table.CONTENT);
    private static final byte[] UNSORTED = "saved-and-unsorted".getBytes(StandardCharsets.US_ASCII);

    /** Numbers of results that may have been taken beyond those that are still seen. */
    private static final long UNSEEN = 1 << 20;

    /** Rows written at once. */
    private static final int BATCH = 1000;

    private final Path directory;
    private final OpenDatabase damaged;
    private final Database saved;
    private final List<Table> broken = new ArrayList<>();
    private long rows;
    private long largestNumber;
    private long largestEpoch;

    private Salvage(Path directory, OpenDatabase damaged, Database saved) {
        this.directory = directory;
        this.damaged = damaged;
        this.saved = saved;
    }

    /**
     * Copies from the database in {@code directory} to {@code saved}, or nothing, and says what came of it.
     *
     * @throws StoreFormatException if a newer version wrote it
     */
    static void copy(Path directory, Database saved, String bootId) throws IOException {
        String failure;
        try (OpenDatabase damaged = OpenDatabase.at(directory)) {
            new Salvage(directory, damaged, saved).copy(bootId, true);
            return;
        } catch (RocksDBException e) {
            failure = e.getMessage();
        }
        LOG.log(Level.ERROR, "files of the store at {0} are missing or unreadable: {1}", directory, failure);
        try (OpenDatabase damaged = OpenDatabase.atLeastPartOf(directory)) {
            new Salvage(directory, damaged, saved).copy(bootId, false);
        } catch (RocksDBException e) {
            nothing(directory, String.valueOf(e.getMessage()));
        }
    }

    private static void nothing(Path directory, String why) {
        LOG.log(
                Level.ERROR,
                "nothing of the damaged store at {0} is saved, the cache starts empty: {1}",
                directory,
                why);
    }

    private void copy(String bootId, boolean whole) throws IOException, RocksDBException {
        Optional<byte[]> format = damaged.get(Table.META, Store.FORMAT_KEY);
        if (format.isEmpty()) {
            nothing(directory, "its format is unknown");
            return;
        }
        Store.checkReadable(directory.resolveSibling("."), RocksResultStore.number(format.get()));
        byte[] boot = damaged.get(Table.META, Epochs.BOOT).orElse(new byte[0]);
        if (Arrays.equals(boot, bootId.getBytes(StandardCharsets.UTF_8))) {
            copyRows();
            dropWhatLeadsNowhere();
            recordAsDurable(format.get(), bootId);
        } else if (whole && canBeRead(ABOUT_OTHERS)) {
            for (Table table : ABOUT_OTHERS) {
                copy(table);
            }
            copyRows();
            dropWhatLeadsNowhere();
            recordUnsorted();
        } else {
            nothing(directory, "what reached the disk before the machine was restarted cannot be told");
            return;
        }
        LOG.log(
                Level.ERROR,
                "{0} rows of the damaged store at {1} are saved; tables of which some are lost: {2}",
                rows,
                directory,
                broken);
    }

    private boolean canBeRead(Set<Table> tables) throws IOException {
        for (Table table : tables) {
            visit(table, (_, _) -> {});
        }
        return broken.isEmpty();
    }

    private void copyRows() throws IOException {
        visit(Table.META, (key, value) -> {
            if (Arrays.equals(key, RocksResultStore.ResultNumbers.RESERVED)) {
                sawNumber(value);
            }
        });
        visit(Table.EPOCH, (key, _) -> largestEpoch = RocksResultStore.number(key));
        for (Table table : Table.values()) {
            if (!ABOUT_OTHERS.contains(table)) {
                copy(table);
            }
        }
        rows += FoundFiles.addTo(saved, StoreLayout.create(directory.resolveSibling(".")));
    }

    private void sawNumber(byte[] number) {
        largestNumber = Math.max(largestNumber, RocksResultStore.number(number));
    }

    private void copy(Table table) throws IOException {
        try (var batch = new WriteBatch()) {
            visit(table, (key, value) -> {
                if (BY_RESULT.contains(table)) {
                    sawNumber(key);
                } else if (POINTERS.contains(table)) {
                    sawNumber(value);
                }
                put(batch, table, key, value);
                if (batch.count() == BATCH) {
                    saved.write(batch, false);
                    batch.clear();
                }
                rows++;
            });
            saved.write(batch, false);
        }
    }

    private void put(WriteBatch batch, Table table, byte[] key, byte[] value) throws IOException {
        try {
            batch.put(saved.family(table), key, value);
        } catch (RocksDBException e) {
            throw Database.failure("a row of the damaged store cannot be saved", e);
        }
    }

    /** Reads all rows from the beginning; behind each that cannot be read it leaps, twice as far until one can. */
    private void visit(Table table, Database.RowVisitor visitor) throws IOException {
        Optional<byte[]> from = Optional.of(new byte[0]);
        Optional<byte[]> seen = Optional.empty();
        long leap = 1;
        while (from.isPresent()) {
            byte[] last = from.get();
            try (RocksIterator iterator = damaged.db().newIterator(damaged.family(table))) {
                for (iterator.seek(last); iterator.isValid(); iterator.next()) {
                    last = iterator.key();
                    leap = 1;
                    if (seen.isEmpty() || !Arrays.equals(seen.get(), last)) {
                        visitor.visit(last, iterator.value());
                        seen = Optional.of(last);
                    }
                }
                iterator.status();
                return;
            } catch (RocksDBException e) {
                if (!broken.contains(table)) {
                    broken.add(table);
                    LOG.log(Level.WARNING, "a part of {0} cannot be read: {1}", table, e.getMessage());
                }
                from = beyond(last, leap);
                leap *= 2;
            }
        }
    }

    /** The first key of which the first eight bytes are larger by {@code distance}; empty behind the last. */
    private static Optional<byte[]> beyond(byte[] key, long distance) {
        long at = ByteBuffer.wrap(Arrays.copyOf(key, Long.BYTES)).getLong();
        long next = at + distance;
        return Long.compareUnsigned(next, at) > 0 ? Optional.of(RocksResultStore.bytes(next)) : Optional.empty();
    }

    /** Keys and uses of results that are lost; the keys of one that was removed lead to the reason. */
    private void dropWhatLeadsNowhere() throws IOException {
        for (Table table : POINTERS) {
            drop(table, (_, number) -> !known(Table.RESULT, number) && !known(Table.TOMBSTONE, number));
        }
        drop(Table.USED, (number, _) -> !known(Table.RESULT, number));
    }

    private boolean known(Table table, byte[] number) throws IOException {
        return saved.get(table, number).isPresent();
    }

    @FunctionalInterface
    private interface RowTest {
        boolean test(byte[] key, byte[] value) throws IOException;
    }

    private void drop(Table table, RowTest unwanted) throws IOException {
        try (var batch = new WriteBatch()) {
            saved.scan(table, new byte[0], (key, value) -> {
                if (unwanted.test(key, value)) {
                    delete(batch, table, key);
                }
            });
            saved.write(batch, false);
        }
    }

    private void delete(WriteBatch batch, Table table, byte[] key) throws IOException {
        try {
            batch.delete(saved.family(table), key);
        } catch (RocksDBException e) {
            throw Database.failure("a row of the damaged store cannot be left out", e);
        }
    }

    /** All files are as this run of the kernel left them, so nothing is in doubt once they are on the disk. */
    private void recordAsDurable(byte[] format, String bootId) throws IOException {
        String root = directory.resolveSibling(".").toString();
        try (Descriptor descriptor = Descriptor.directory(root)) {
            LinuxFiles.syncFileSystem(descriptor, root);
        }
        try (var batch = new WriteBatch()) {
            put(batch, Table.META, Store.FORMAT_KEY, format);
            put(
                    batch,
                    Table.META,
                    RocksResultStore.ResultNumbers.RESERVED,
                    RocksResultStore.bytes(largestNumber + UNSEEN));
            Epochs.recordDurable(batch, saved, bootId, largestEpoch + 1);
            saved.write(batch, false);
        }
        recordUnsorted();
    }

    private void recordUnsorted() throws IOException {
        try (var batch = new WriteBatch()) {
            put(batch, Table.META, UNSORTED, new byte[0]);
            saved.write(batch, true);
        }
    }

    /** Whether rows were saved of which nobody has looked yet whether they fit together. */
    static boolean isUnsorted(Database database) throws IOException {
        return database.get(Table.META, UNSORTED).isPresent();
    }

    /** They fit together now. */
    static void sorted(StoreWriter.Batch batch) {
        batch.delete(Table.META, UNSORTED);
    }
}
