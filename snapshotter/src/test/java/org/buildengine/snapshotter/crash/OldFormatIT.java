package org.buildengine.snapshotter.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.CacheRecord;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Origin;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RecordType;
import org.buildengine.snapshotter.ResultStore.NewResult;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;

/** A store that an earlier version of the engine wrote is opened, with all it has, and goes on in the format of today. */
class OldFormatIT {
    private static final Digest RECIPE = Digest.of("recipe");
    private static final Digest PRODUCER = Digest.of("producer");
    private static final Digest LOST = Digest.of("lost with the power");
    private static final Digest VOLUME = Digest.of("volume");
    private static final String TEXT = "a text";

    @TempDir
    Path root;

    /** The database, written row by row as the versions of that time did. */
    private static final class OldDatabase implements AutoCloseable {
        private final DBOptions options =
                new DBOptions().setCreateIfMissing(true).setCreateMissingColumnFamilies(true);
        private final List<ColumnFamilyHandle> handles = new ArrayList<>();
        private final List<String> tables;
        private final RocksDB db;

        OldDatabase(Path directory, List<String> tables) throws Exception {
            Files.createDirectories(directory);
            this.tables = tables;
            var descriptors = new ArrayList<>(List.of(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY)));
            tables.forEach(table -> descriptors.add(new ColumnFamilyDescriptor(table.getBytes(US_ASCII))));
            this.db = RocksDB.open(options, directory.toString(), descriptors, handles);
        }

        void put(String table, byte[] key, byte[] value) throws Exception {
            db.put(handles.get(1 + tables.indexOf(table)), key, value);
        }

        @Override
        public void close() {
            handles.forEach(ColumnFamilyHandle::close);
            db.close();
            options.close();
        }
    }

    private static byte[] number(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    /** Row version 1 ends with the blobs; 2 says where the result comes from. */
    private static byte[] result(int version, LayerId layer, Digest blob) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeByte(version);
        out.write(Digest.of("identity").toBytes());
        out.writeLong(1_700_000_000L);
        out.writeInt(5);
        out.writeLong(Duration.ofSeconds(3).toNanos());
        out.writeShort(1);
        out.writeShort(1);
        out.writeByte(layer.value().length());
        out.write(layer.value().getBytes(US_ASCII));
        out.writeShort(1);
        out.writeInt(4);
        out.write("exit".getBytes(US_ASCII));
        out.writeInt(1);
        out.write("0".getBytes(US_ASCII));
        out.writeInt(1);
        out.write(blob.toBytes());
        if (version > 1) {
            out.writeByte(RecordType.REGULAR.code());
            out.writeInt(4);
            out.write("step".getBytes(US_ASCII));
        }
        return bytes.toByteArray();
    }

    private static byte[] volume() {
        byte[] text = "cache of old".getBytes(US_ASCII);
        return ByteBuffer.allocate(2 * Long.BYTES + text.length)
                .putLong(1_600_000_000L)
                .putLong(1_700_000_000L)
                .put(text)
                .array();
    }

    private static byte[] epoch(long epoch, int table, byte[] key) {
        return ByteBuffer.allocate(Long.BYTES + 1 + key.length)
                .putLong(epoch)
                .put((byte) table)
                .put(key)
                .array();
    }

    /** Files of layers and blobs have not changed since, so those of today are taken. */
    private LayerId files(Digest blob) throws Exception {
        LayerId layer;
        try (var snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults())) {
            try (var writer = snapshotter.writeLayer("test")) {
                try (var file = writer.file("file", Attributes.ofMode(0644), TEXT.length())) {
                    file.write(TEXT.getBytes(US_ASCII));
                }
                layer = writer.seal().id();
            }
            assertThat(snapshotter.blobs().put(TEXT.getBytes(US_ASCII))).isEqualTo(blob);
        }
        LoopDisk.run("rm", "-r", root.resolve("store").toString());
        return layer;
    }

    private void write(int format) throws Exception {
        Digest blob = Digest.of(TEXT);
        LayerId layer = files(blob);
        var tables = new ArrayList<>(
                List.of("meta", "recipe", "producer", "content", "result", "layer", "blob", "intent", "epoch"));
        if (format > 1) {
            tables.addAll(List.of("used", "tombstone"));
        }
        if (format > 2) {
            tables.addAll(List.of("volume", "build", "decision", "step", "lineage"));
            Files.createDirectory(root.resolve("caches").resolve(VOLUME.hex()));
        }
        try (var old = new OldDatabase(root.resolve("store"), tables)) {
            old.put("meta", "format".getBytes(US_ASCII), number(format));
            old.put("meta", "boot".getBytes(US_ASCII), "an earlier run of the kernel".getBytes(US_ASCII));
            old.put("meta", "durable-epoch".getBytes(US_ASCII), number(4));
            old.put("meta", "next-result".getBytes(US_ASCII), number(1025));
            byte[] name = layer.value().getBytes(US_ASCII);
            old.put(
                    "layer",
                    name,
                    ByteBuffer.allocate(9)
                            .put((byte) 1)
                            .putLong(1_700_000_000_000L)
                            .array());
            old.put("blob", blob.toBytes(), number(TEXT.length()));
            old.put("result", number(7), result(Math.min(format, 2), layer, blob));
            old.put("recipe", RECIPE.toBytes(), number(7));
            old.put("producer", PRODUCER.toBytes(), number(7));
            if (format > 2) {
                old.put("volume", VOLUME.toBytes(), volume());
            }
            // Of an epoch that did not become durable before the machine went down.
            old.put("result", number(8), result(Math.min(format, 2), layer, blob));
            old.put("recipe", LOST.toBytes(), number(8));
            old.put("epoch", epoch(5, 4, number(8)), new byte[0]);
            old.put("epoch", epoch(5, 1, LOST.toBytes()), new byte[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void storeOfAnEarlierFormatIsOpenedWithAllItHas(int format) throws Exception {
        write(format);
        StoredResult added;
        try (var snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults())) {
            StoredResult found =
                    snapshotter.results().find(KeyKind.RECIPE, RECIPE).orElseThrow();
            assertThat(found.id()).isEqualTo(7);
            assertThat(found.created()).isEqualTo(Instant.ofEpochSecond(1_700_000_000L, 5));
            assertThat(found.cost()).isEqualTo(Duration.ofSeconds(3));
            assertThat(found.facts()).isEqualTo(Map.of("exit", "0"));
            assertThat(found.origin()).isEqualTo(format == 1 ? Origin.UNKNOWN : new Origin(RecordType.REGULAR, "step"));
            assertThat(snapshotter.results().find(KeyKind.PRODUCER, PRODUCER)).contains(found);
            var tree = snapshotter.tree(found.outputs().getFirst());
            try (var file = tree.open(tree.find("file").orElseThrow())) {
                assertThat(new String(file.readAllBytes(), US_ASCII)).isEqualTo(TEXT);
            }
            try (var blob = snapshotter.blobs().open(found.blobs().iterator().next(), 0)) {
                assertThat(new String(blob.readAllBytes(), US_ASCII)).isEqualTo(TEXT);
            }
            assertThat(snapshotter.results().find(KeyKind.RECIPE, LOST)).isEmpty();
            added = snapshotter
                    .results()
                    .publish(
                            new NewResult(
                                    Map.of(KeyKind.RECIPE, List.of(LOST)),
                                    Digest.of("identity"),
                                    List.of(Snapshot.EMPTY),
                                    Map.of(),
                                    Set.of(),
                                    Duration.ZERO,
                                    Origin.UNKNOWN),
                            Owner.NONE);
            assertThat(added.id()).isEqualTo(1025);
        }
        assertThat(StoreChecker.afterClosing(root)).isEmpty();
        try (var snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults())) {
            assertThat(snapshotter.results().find(KeyKind.RECIPE, LOST)).isEqualTo(Optional.of(added));
            List<CacheRecord> records = snapshotter.collector().usage().records();
            assertThat(records).hasSize(format > 2 ? 3 : 2);
            assertThat(records)
                    .filteredOn(record -> record.origin().type() == RecordType.CACHE_MOUNT)
                    .allSatisfy(record -> {
                        assertThat(record.origin().description()).isEqualTo("cache of old");
                        assertThat(record.created()).isEqualTo(Instant.ofEpochSecond(1_600_000_000L));
                        assertThat(record.lastUsed()).isEqualTo(Instant.ofEpochSecond(1_700_000_000L));
                        assertThat(record.uses()).isEqualTo(1);
                    });
            assertThat(snapshotter
                            .collector()
                            .prune(List.of(CachePolicy.everything("all")))
                            .records())
                    .hasSameSizeAs(records);
        }
        assertThat(StoreChecker.afterClosing(root)).isEmpty();
    }

    @Test
    void formatIsTheOneOfTodayAfterwards() throws Exception {
        write(1);
        DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults()).close();
        assertThat(StoreChecker.format(root)).isEqualTo(4);
    }
}
