package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.buildengine.snapshotter.fault.WritePoint;

/**
 * When results were last used. Noted in memory and written in one go every few minutes, so that a hit costs no write; the
 * death of the process loses those minutes. Safe for use by several threads.
 */
final class LastUses {
    private static final System.Logger LOG = System.getLogger(LastUses.class.getName());
    private static final Duration INTERVAL = Duration.ofMinutes(5);
    private static final int MOST = 4096;

    private final Database database;
    private final StoreWriter writer;
    private final InstantSource clock;
    private Map<Long, Instant> noted = new HashMap<>();
    private Instant written;

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
            noted.put(result, now);
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
        Map<Long, Instant> taken;
        synchronized (this) {
            taken = noted;
            noted = new HashMap<>();
            written = clock.instant();
        }
        if (!taken.isEmpty()) {
            WritePoint.USES_TAKEN.reached();
            writer.submit(batch ->
                    taken.forEach((result, at) -> batch.put(Table.USED, RocksResultStore.bytes(result), row(at))));
        }
    }

    /** When results were used; those of which nothing is known are left out. */
    Map<Long, Instant> all() throws IOException {
        var uses = new HashMap<Long, Instant>();
        database.scan(
                Table.USED,
                new byte[0],
                (key, value) -> uses.put(
                        RocksResultStore.number(key),
                        Instant.ofEpochSecond(ByteBuffer.wrap(value).getLong())));
        synchronized (this) {
            uses.putAll(noted);
        }
        return uses;
    }

    private static byte[] row(Instant at) {
        return RocksResultStore.bytes(at.getEpochSecond());
    }
}
