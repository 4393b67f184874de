package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Predicate;
import org.buildengine.snapshotter.linux.DiskSpace;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
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
    private final Quarantine quarantine;
    private final ReadWriteLock life = new ReentrantReadWriteLock();

    /** Changed under the write lock of {@code life}; null after it could not be opened again. */
    private volatile @Nullable OpenDatabase opened;

    private volatile boolean closed;

    /** Called for each row of a scan. */
    @FunctionalInterface
    interface RowVisitor {
        void visit(byte[] key, byte[] value) throws IOException;
    }

    private Database(Path directory, Reserve reserve) throws RocksDBException {
        this.directory = directory;
        this.reserve = reserve;
        this.quarantine = new Quarantine(directory);
        this.opened = OpenDatabase.at(directory);
    }

    /**
     * Opens the database, or makes it. One that is damaged is moved aside, since a store must always open, and what can be read
     * of it is saved.
     *
     * @param bootId the run of the kernel, see {@link Epochs}
     * @throws IOException if it cannot be opened for another reason, such as missing rights or a full disk
     */
    static Database open(Path directory, String bootId) throws IOException {
        NativeLibrary.load(directory.resolveSibling("lib"));
        var reserve = new Reserve(directory.resolveSibling("reserve"));
        var quarantine = new Quarantine(directory);
        if (quarantine.isDue()) {
            return quarantine.replace(reserve, bootId);
        }
        Files.createDirectories(directory);
        try {
            return new Database(directory, reserve);
        } catch (RocksDBException e) {
            if (!Quarantine.damaged(e)) {
                throw failure("the store at " + directory + " cannot be opened", e);
            }
            LOG.log(Level.ERROR, "the store at {0} is damaged: {1}", directory, e.getMessage());
            return quarantine.replace(reserve, bootId);
        }
    }

    /** A new one in place of what is not there any more. */
    static Database make(Path directory, Reserve reserve) throws IOException {
        Files.createDirectories(directory);
        try {
            return new Database(directory, reserve);
        } catch (RocksDBException e) {
            throw failure("a new store at " + directory + " cannot be opened", e);
        }
    }

    /** Space that is set aside for what is written here. */
    Reserve reserve() {
        return reserve;
    }

    private OpenDatabase opened() throws IOException {
        if (closed) {
            throw new IOException("the store is closed");
        }
        OpenDatabase now = opened;
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
            return opened().get(table, key);
        } catch (RocksDBException e) {
            throw noted("reading " + table + " from the store failed", e);
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
            OpenDatabase open = opened();
            try (RocksIterator rows = open.db().newIterator(open.family(table))) {
                for (rows.seek(from); rows.isValid() && wanted.test(rows.key()); rows.next()) {
                    visitor.visit(rows.key(), rows.value());
                }
                rows.status();
            }
        } catch (RocksDBException e) {
            throw noted("reading " + table + " from the store failed", e);
        } finally {
            life.readLock().unlock();
        }
    }

    /** The key of the last row. */
    Optional<byte[]> lastKey(Table table) throws IOException {
        life.readLock().lock();
        try {
            OpenDatabase open = opened();
            try (RocksIterator rows = open.db().newIterator(open.family(table))) {
                rows.seekToLast();
                Optional<byte[]> last = rows.isValid() ? Optional.of(rows.key()) : Optional.empty();
                rows.status();
                return last;
            }
        } catch (RocksDBException e) {
            throw noted("reading " + table + " from the store failed", e);
        } finally {
            life.readLock().unlock();
        }
    }

    /**
     * Writes a batch as a whole, with what was set aside if the disk is full. A database that could not write refuses all
     * further writes, so it is opened anew. {@code synced} waits for the disk. Called by one thread.
     */
    void write(WriteBatch batch, boolean synced) throws IOException {
        reserve.releaseIfNearlyFull();
        try {
            writeOnce(batch, synced);
        } catch (RocksDBException e) {
            if (!full(e) || (!reserve.release() && space() < LEAST)) {
                throw noted("writing to the store failed", e);
            }
            LOG.log(Level.WARNING, "the store is opened anew, after a write failed: {0}", e.getMessage());
            reopen();
            try {
                writeOnce(batch, synced);
            } catch (RocksDBException again) {
                throw noted("writing to the store failed", again);
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
            opened().db().write(options, batch);
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
            OpenDatabase before = opened;
            opened = null;
            if (before != null) {
                before.close();
            }
            if (!closed) {
                opened = OpenDatabase.at(directory);
            }
        } catch (RocksDBException e) {
            throw noted("the store at " + directory + " cannot be opened again", e);
        } finally {
            life.writeLock().unlock();
        }
    }

    private long space() throws IOException {
        return DiskSpace.at(directory.toString()).free();
    }

    private IOException noted(String what, RocksDBException e) {
        if (Quarantine.damaged(e)) {
            quarantine.note(e);
            return new DamagedStoreException(
                    what + ": it is damaged (" + e.getMessage()
                            + "); start the engine again, it saves what can be read",
                    e);
        }
        return failure(what, e);
    }

    static IOException failure(String what, RocksDBException e) {
        String hint = full(e) ? "; free some space on its file system, or prune the cache" : "";
        return new IOException(what + ": " + e.getMessage() + hint, e);
    }

    @Override
    public void close() {
        life.writeLock().lock();
        try {
            OpenDatabase last = opened;
            if (!closed && last != null) {
                last.close();
            }
            closed = true;
        } finally {
            life.writeLock().unlock();
        }
    }
}
