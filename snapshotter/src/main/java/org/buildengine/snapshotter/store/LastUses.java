package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.fault.WritePoint;

/**
 * When results were last used, and how often. Noted in memory and written in one go every few minutes, so that a hit costs no write; the
 * death of the process loses those minutes. Safe for use by several threads.
 */
final class LastUses {
    private static final System.Logger LOG = System.getLogger(LastUses.class.getName());
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    private static final int MOST = 4096;

    private final Database database;
    private final StoreWriter writer;
    private final InstantSource clock;
    private Map<Long, Uses> noted = new HashMap<>();
    private Instant written;

    /** The last of {@code count} uses. */
    record Uses(Instant last, long count) {
        Uses and(Uses later) {
            return new Uses(later.last, count + later.count);
        }

        private byte[] row() {
            return ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(last.getEpochSecond())
                    .putLong(count)
                    .array();
        }

        /** Rows of earlier versions have no count; they stand for one use. */
        private static Uses of(byte[] row) {
            ByteBuffer fields = ByteBuffer.wrap(row);
            return new Uses(Instant.ofEpochSecond(fields.getLong()), fields.hasRemaining() ? fields.getLong() : 1);
        }
    }

    LastUses(Database database, StoreWriter writer, InstantSource clock) {
        this.database = database;
        this.writer = writer;
        this.clock = clock;
        this.written = clock.instant();
    }

    /** Notes that a result is used now. */
    void note(long result) {
        Instant now = clock.instant();
        synchronized (this) {
            noted.merge(result, new Uses(now, 1), Uses::and);
            if (noted.size() < MOST && now.isBefore(written.plus(INTERVAL))) {
                return;
            }
        }
        try {
            write();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "when results were used was not written: {0}", e.getMessage());
        }
    }

    /** Queues what was noted. */
    void write() throws IOException {
        Map<Long, Uses> taken;
        synchronized (this) {
            taken = noted;
            noted = new HashMap<>();
            written = clock.instant();
        }
        if (!taken.isEmpty()) {
            WritePoint.USES_TAKEN.reached();
            writer.submit(batch -> {
                for (Map.Entry<Long, Uses> entry : taken.entrySet()) {
                    byte[] key = RocksResultStore.bytes(entry.getKey());
                    Optional<Uses> before = batch.get(Table.USED, key).map(Uses::of);
                    Uses uses =
                            before.map(earlier -> earlier.and(entry.getValue())).orElse(entry.getValue());
                    batch.put(Table.USED, key, uses.row());
                }
            });
        }
    }

    /** How results were used; those of which nothing is known are left out. What is just being written may be missing. */
    Map<Long, Uses> all() throws IOException {
        var uses = new HashMap<Long, Uses>();
        database.scan(Table.USED, new byte[0], (key, value) -> uses.put(RocksResultStore.number(key), Uses.of(value)));
        synchronized (this) {
            noted.forEach((result, later) -> uses.merge(result, later, Uses::and));
        }
        return uses;
    }
}
