package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;

/** What is known of cache volumes beside their contents. Safe for use by several threads. */
public final class VolumeTable {
    private final Database database;
    private final StoreWriter writer;
    private final InstantSource clock;

    /**
     * A volume.
     *
     * @param created when it was used first, to the second
     * @param lastUsed when it was used last, to the second
     * @param uses how often it was used
     * @param description of the last use
     */
    public record Row(Instant created, Instant lastUsed, long uses, String description) {
        /** The number of uses stands before the times, as a negative number. */
        private byte[] encode() {
            byte[] text = description.getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.allocate(3 * Long.BYTES + text.length)
                    .putLong(-uses)
                    .putLong(created.getEpochSecond())
                    .putLong(lastUsed.getEpochSecond())
                    .put(text)
                    .array();
        }

        /** Rows of earlier formats begin with a time; they stand for one use. */
        private static Row decode(byte[] row) {
            ByteBuffer buffer = ByteBuffer.wrap(row);
            long first = buffer.getLong();
            return new Row(
                    Instant.ofEpochSecond(first < 0 ? buffer.getLong() : first),
                    Instant.ofEpochSecond(buffer.getLong()),
                    first < 0 ? -first : 1,
                    StandardCharsets.UTF_8.decode(buffer).toString());
        }
    }

    VolumeTable(Database database, StoreWriter writer, InstantSource clock) {
        this.database = database;
        this.writer = writer;
        this.clock = clock;
    }

    /** Queues that a volume is used now. */
    public void used(Digest volume, String description) throws IOException {
        Instant now = clock.instant();
        writer.submit(batch -> {
            byte[] key = volume.toBytes();
            Optional<Row> known = batch.get(Table.VOLUME, key).map(Row::decode);
            if (known.isPresent()) {
                Row before = known.get();
                batch.put(Table.VOLUME, key, new Row(before.created(), now, before.uses() + 1, description).encode());
            } else {
                batch.commit(Table.VOLUME, key, new Row(now, now, 1, description).encode());
            }
        });
    }

    /** Queues that a volume is gone. */
    public void removed(Digest volume) throws IOException {
        writer.submit(batch -> batch.delete(Table.VOLUME, volume.toBytes()));
    }

    /** What is known, with all that was queued before. */
    public Map<Digest, Row> all() throws IOException {
        writer.write(_ -> {});
        var rows = new HashMap<Digest, Row>();
        database.scan(Table.VOLUME, new byte[0], (key, row) -> rows.put(Digest.ofRaw(key), Row.decode(row)));
        return rows;
    }
}
