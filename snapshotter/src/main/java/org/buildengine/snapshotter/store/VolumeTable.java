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
     * @param description of the last use
     */
    public record Row(Instant created, Instant lastUsed, String description) {
        private byte[] encode() {
            byte[] text = description.getBytes(StandardCharsets.UTF_8);
            return ByteBuffer.allocate(2 * Long.BYTES + text.length)
                    .putLong(created.getEpochSecond())
                    .putLong(lastUsed.getEpochSecond())
                    .put(text)
                    .array();
        }

        private static Row decode(byte[] row) {
            ByteBuffer buffer = ByteBuffer.wrap(row);
            return new Row(
                    Instant.ofEpochSecond(buffer.getLong()),
                    Instant.ofEpochSecond(buffer.getLong()),
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
            Optional<byte[]> known = batch.get(Table.VOLUME, volume.toBytes());
            byte[] key = volume.toBytes();
            if (known.isPresent()) {
                Instant created = Row.decode(known.get()).created();
                batch.put(Table.VOLUME, key, new Row(created, now, description).encode());
            } else {
                batch.commit(Table.VOLUME, key, new Row(now, now, description).encode());
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
