package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;

/** The native handles of a RocksDB, from one opening to the next closing. */
final class OpenDatabase implements Closeable {
    private static final System.Logger LOG = System.getLogger(OpenDatabase.class.getName());
    private static final long MEBIBYTE = 1 << 20;
    private static final String CURRENT = "CURRENT";

    private final List<AutoCloseable> handles = new ArrayList<>();
    private final Map<Table, ColumnFamilyHandle> families = new EnumMap<>(Table.class);
    private final RocksDB db;

    private OpenDatabase(Path directory, boolean damaged) throws RocksDBException {
        boolean opened = false;
        try {
            var cache = own(new LRUCache(32 * MEBIBYTE));
            var filter = own(new BloomFilter(10));
            var names = damaged ? ours() : names(directory);
            var descriptors = new ArrayList<ColumnFamilyDescriptor>();
            for (byte[] name : names) {
                descriptors.add(new ColumnFamilyDescriptor(name, own(familyOptions(cache, filter))));
            }
            var opens = new ArrayList<ColumnFamilyHandle>();
            var options = own(damaged ? damagedOptions() : options());
            db = RocksDB.open(options, directory.toString(), descriptors, opens);
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

    /** Opens the one in {@code directory}, or makes it. */
    static OpenDatabase at(Path directory) throws RocksDBException {
        if (lacksItsName(directory)) {
            throw new RocksDBException(
                    "CURRENT is gone", new Status(Status.Code.Corruption, Status.SubCode.None, "CURRENT is gone"));
        }
        return new OpenDatabase(directory, false);
    }

    /** Whether the file is missing that says what is here, without which RocksDB would begin anew and delete all that is. */
    private static boolean lacksItsName(Path directory) {
        String[] names = directory.toFile().list();
        return names != null
                && !List.of(names).contains(CURRENT)
                && Arrays.stream(names).anyMatch(name -> name.endsWith(".sst") || name.endsWith(".log"));
    }

    /** Opens as much of a damaged one as belongs together, of the last moment at which it does. */
    static OpenDatabase atLeastPartOf(Path directory) throws RocksDBException {
        return new OpenDatabase(directory, true);
    }

    RocksDB db() {
        return db;
    }

    /** The row with this key. */
    Optional<byte[]> get(Table table, byte[] key) throws RocksDBException {
        return Optional.ofNullable(db.get(family(table), key));
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

    @Override
    public void close() {
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

    private static List<byte[]> ours() {
        var names = new ArrayList<byte[]>(List.of(RocksDB.DEFAULT_COLUMN_FAMILY));
        for (Table table : Table.values()) {
            names.add(table.columnFamily());
        }
        return names;
    }

    /** All families on disk, and ours; those of a newer format must be opened too before its version can be read. */
    private static List<byte[]> names(Path directory) throws RocksDBException {
        var names = new ArrayList<byte[]>();
        if (Files.exists(directory.resolve(CURRENT))) {
            try (var options = new Options()) {
                names.addAll(RocksDB.listColumnFamilies(options, directory.toString()));
            }
        }
        for (byte[] name : ours()) {
            if (indexOf(names, name) < 0) {
                names.add(name);
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

    private static DBOptions options() {
        return new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
                .setMaxTotalWalSize(256 * MEBIBYTE)
                .setParanoidChecks(true)
                // what is allocated beforehand would take all that is set aside for a full disk
                .setAllowFAllocate(false)
                .setMaxBackgroundJobs(2)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(4 * MEBIBYTE)
                .setKeepLogFileNum(4);
    }

    private static DBOptions damagedOptions() {
        return options().setBestEffortsRecovery(true).setParanoidChecks(false);
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
}
