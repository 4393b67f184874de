package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import org.buildengine.snapshotter.linux.DiskSpace;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The RocksDB and its native handles. Reads may be made by any thread, writes are made by {@link StoreWriter} alone.
 * A read during or after {@link #close} fails with an {@link IOException} instead of touching freed memory.
 */
final class Database implements Closeable {
    private static final System.Logger LOG = System.getLogger(Database.class.getName());
    private static final long MEBIBYTE = 1 << 20;

    /** Below this nothing is opened anew, which would cost more than it gives. */
    private static final long LEAST = MEBIBYTE;

    private final Path directory;
    private final Reserve reserve;
    private final ReadWriteLock life = new ReentrantReadWriteLock();

    /** Changed under the write lock of {@code life}; null after it could not be opened again. */
    private volatile @Nullable Opened opened;

    private volatile boolean closed;

    /** Called for each row of a scan. */
    @FunctionalInterface
    interface RowVisitor {
        void visit(byte[] key, byte[] value) throws IOException;
    }

    private Database(Path directory, Reserve reserve) throws RocksDBException {
        this.directory = directory;
        this.reserve = reserve;
        this.opened = new Opened(directory);
    }

    /** The database and its native handles, from one opening to the next closing. */
    private static final class Opened {
        private final List<AutoCloseable> handles = new ArrayList<>();
        private final Map<Table, ColumnFamilyHandle> families = new EnumMap<>(Table.class);
        private final RocksDB db;

        Opened(Path directory) throws RocksDBException {
            boolean opened = false;
            try {
                var cache = own(new LRUCache(32 * MEBIBYTE));
                var filter = own(new BloomFilter(10));
                var names = names(directory);
                var descriptors = new ArrayList<ColumnFamilyDescriptor>();
                for (byte[] name : names) {
                    descriptors.add(new ColumnFamilyDescriptor(name, own(familyOptions(cache, filter))));
                }
                var opens = new ArrayList<ColumnFamilyHandle>();
                db = RocksDB.open(own(databaseOptions()), directory.toString(), descriptors, opens);
                handles.addAll(opens);
                for (Table table : Table.values()) {
                    families.put(table, opens.get(indexOf(names, table.columnFamily())));
                }
                opened = true;
            } finally {
                if (!opened) {
                    closeHandles();
                }
            }
        }

        ColumnFamilyHandle family(Table table) {
            ColumnFamilyHandle family = families.get(table);
            if (family == null) {
                throw new IllegalStateException("the database was opened without " + table);
            }
            return family;
        }

        private <T extends AutoCloseable> T own(T handle) {
            handles.add(handle);
            return handle;
        }

        void close() {
            for (AutoCloseable handle : handles) {
                if (handle instanceof ColumnFamilyHandle family) {
                    family.close();
                }
            }
            db.close();
            closeHandles();
        }

        private void closeHandles() {
            for (AutoCloseable handle : handles.reversed()) {
                try {
                    handle.close();
                } catch (Exception e) {
                    LOG.log(Level.WARNING, "a native handle of the store was not freed", e);
                }
            }
            handles.clear();
        }
    }

    /**
     * Opens the database, or makes it. One that is damaged is moved aside, since a store must always open; its layers
     * are unreferenced then and go the way of all leftovers.
     *
     * @throws IOException if it cannot be opened for another reason, such as missing rights or a full disk
     */
    static Database open(Path directory) throws IOException {
        Files.createDirectories(directory);
        loadLibrary(directory.resolveSibling("lib"));
        var reserve = new Reserve(directory.resolveSibling("reserve"));
        try {
            return new Database(directory, reserve);
        } catch (RocksDBException e) {
            if (!damaged(e)) {
                throw failure("the store at " + directory + " cannot be opened", e);
            }
            Path aside = directory.resolveSibling(directory.getFileName() + ".damaged-" + System.currentTimeMillis());
            LOG.log(
                    Level.ERROR,
                    "the store at {0} is damaged ({1}); it is kept as {2}, and the cache starts empty",
                    directory,
                    e.getMessage(),
                    aside);
            Files.move(directory, aside);
            Files.createDirectories(directory);
            try {
                return new Database(directory, reserve);
            } catch (RocksDBException again) {
                throw failure("a new store at " + directory + " cannot be opened", again);
            }
        }
    }

    /**
     * Unpacks the native library to a place of its own. By itself it would go to a new name below the temporary
     * directory each time, and stay there after a {@code kill -9}.
     */
    private static void loadLibrary(Path directory) throws IOException {
        Files.createDirectories(directory);
        NativeLibraryLoader.getInstance().loadLibrary(directory.toString());
    }

    private static boolean damaged(RocksDBException e) {
        Status status = e.getStatus();
        if (status == null) {
            return false;
        }
        String text = String.valueOf(e.getMessage());
        return switch (status.getCode()) {
            case Corruption, NotFound -> true;
            // A file of the database that is gone. A full disk or missing rights are IOError too, and pass.
            case IOError -> text.contains("No such file") || text.contains("file size mismatch");
            default -> false;
        };
    }

    /** All families on disk, and ours; those of a newer format must be opened too before its version can be read. */
    private static List<byte[]> names(Path directory) throws RocksDBException {
        var names = new ArrayList<byte[]>();
        if (Files.exists(directory.resolve("CURRENT"))) {
            try (var options = new Options()) {
                names.addAll(RocksDB.listColumnFamilies(options, directory.toString()));
            }
        }
        if (indexOf(names, RocksDB.DEFAULT_COLUMN_FAMILY) < 0) {
            names.add(RocksDB.DEFAULT_COLUMN_FAMILY);
        }
        for (Table table : Table.values()) {
            if (indexOf(names, table.columnFamily()) < 0) {
                names.add(table.columnFamily());
            }
        }
        return names;
    }

    private static int indexOf(List<byte[]> names, byte[] name) {
        for (int i = 0; i < names.size(); i++) {
            if (Arrays.equals(names.get(i), name)) {
                return i;
            }
        }
        return -1;
    }

    private static DBOptions databaseOptions() {
        return new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
                .setMaxTotalWalSize(256 * MEBIBYTE)
                .setParanoidChecks(true)
                .setMaxBackgroundJobs(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(4 * MEBIBYTE)
                .setKeepLogFileNum(4);
    }

    private static ColumnFamilyOptions familyOptions(Cache cache, BloomFilter filter) {
        return new ColumnFamilyOptions()
                .setWriteBufferSize(8 * MEBIBYTE)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setFilterPolicy(filter)
                        .setCacheIndexAndFilterBlocks(true)
                        .setPinL0FilterAndIndexBlocksInCache(true));
    }

    /** Space that is set aside for what is written here. */
    Reserve reserve() {
        return reserve;
    }

    private Opened opened() throws IOException {
        if (closed) {
            throw new IOException("the store is closed");
        }
        Opened now = opened;
        if (now == null) {
            throw new IOException("the store at " + directory + " could not be opened again after a failed write");
        }
        return now;
    }

    /** Of the database as it is open now; only {@link #write} opens it anew. */
    ColumnFamilyHandle family(Table table) throws IOException {
        return opened().family(table);
    }

    /** The row with this key; takes some microseconds, so virtual threads may call it. */
    Optional<byte[]> get(Table table, byte[] key) throws IOException {
        life.readLock().lock();
        try {
            Opened open = opened();
            return Optional.ofNullable(open.db.get(open.family(table), key));
        } catch (RocksDBException e) {
            throw failure("reading " + table + " from the store failed", e);
        } finally {
            life.readLock().unlock();
        }
    }

    /** Visits the rows from the key {@code from} on, in the order of their bytes. */
    void scan(Table table, byte[] from, RowVisitor visitor) throws IOException {
        scan(table, from, _ -> true, visitor);
    }

    /** Visits the rows whose keys begin with {@code prefix}, in the order of their bytes. */
    void scanPrefix(Table table, byte[] prefix, RowVisitor visitor) throws IOException {
        scan(table, prefix, key -> beginsWith(key, prefix), visitor);
    }

    private static boolean beginsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    private void scan(Table table, byte[] from, Predicate<byte[]> wanted, RowVisitor visitor) throws IOException {
        life.readLock().lock();
        try {
            Opened open = opened();
            try (RocksIterator rows = open.db.newIterator(open.family(table))) {
                for (rows.seek(from); rows.isValid() && wanted.test(rows.key()); rows.next()) {
                    visitor.visit(rows.key(), rows.value());
                }
                rows.status();
            }
        } catch (RocksDBException e) {
            throw failure("reading " + table + " from the store failed", e);
        } finally {
            life.readLock().unlock();
        }
    }

    /** The key of the last row. */
    Optional<byte[]> lastKey(Table table) throws IOException {
        life.readLock().lock();
        try {
            Opened open = opened();
            try (RocksIterator rows = open.db.newIterator(open.family(table))) {
                rows.seekToLast();
                return rows.isValid() ? Optional.of(rows.key()) : Optional.empty();
            }
        } finally {
            life.readLock().unlock();
        }
    }

    /**
     * Writes a batch as a whole, with what was set aside if the disk is full. A database that could not write refuses all
     * further writes, so it is opened anew. {@code synced} waits for the disk. Called by one thread.
     */
    void write(WriteBatch batch, boolean synced) throws IOException {
        if (space() < reserve.size() / 2) {
            reserve.release();
        }
        try {
            writeOnce(batch, synced);
        } catch (RocksDBException e) {
            if (!full(e) || (!reserve.release() && space() < LEAST)) {
                throw failure("writing to the store failed", e);
            }
            LOG.log(Level.WARNING, "the store is opened anew, after a write failed: {0}", e.getMessage());
            reopen();
            try {
                writeOnce(batch, synced);
            } catch (RocksDBException again) {
                throw failure("writing to the store failed", again);
            }
        }
    }

    /** Also of an earlier write, though there may be space now. */
    private static boolean full(RocksDBException e) {
        Status status = e.getStatus();
        return status != null && status.getSubCode() == Status.SubCode.NoSpace;
    }

    private void writeOnce(WriteBatch batch, boolean synced) throws IOException, RocksDBException {
        life.readLock().lock();
        try (var options = new WriteOptions().setSync(synced)) {
            opened().db.write(options, batch);
        } finally {
            life.readLock().unlock();
        }
    }

    /** Opens the database if that failed before; so what keeps it from opening may pass. Called by the thread that writes. */
    void revive() throws IOException {
        if (opened == null && !closed) {
            reopen();
        }
    }

    private void reopen() throws IOException {
        life.writeLock().lock();
        try {
            Opened before = opened;
            opened = null;
            if (before != null) {
                before.close();
            }
            if (!closed) {
                opened = new Opened(directory);
            }
        } catch (RocksDBException e) {
            throw failure("the store at " + directory + " cannot be opened again", e);
        } finally {
            life.writeLock().unlock();
        }
    }

    private long space() throws IOException {
        return DiskSpace.at(directory.toString()).free();
    }

    static IOException failure(String what, RocksDBException e) {
        String hint = full(e) ? "; free some space on its file system, or prune the cache" : "";
        return new IOException(what + ": " + e.getMessage() + hint, e);
    }

    @Override
    public void close() {
        life.writeLock().lock();
        try {
            Opened last = opened;
            if (!closed && last != null) {
                last.close();
            }
            closed = true;
        } finally {
            life.writeLock().unlock();
        }
    }
}
