package org.buildengine.solver.evidence;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are written together a little later, since each write waits for another thread, which takes long while the machine is busy.
 * Who reads here sees them at once; others do after {@link #flush}. What was written in one call stays together. Used by one thread.
 */
final class WriteBehind implements BuildRows {
    /** So many rows are kept while they cannot be written. */
    private static final int MOST = 10_000;

    private final BuildRows rows;
    private final Map<Key, Change> pending = new LinkedHashMap<>();

    private record Key(Kind kind, ByteBuffer bytes) {
        static Key of(Kind kind, byte[] key) {
            return new Key(kind, ByteBuffer.wrap(key));
        }
    }

    WriteBehind(BuildRows rows) {
        this.rows = rows;
    }

    @Override
    public void write(List<Change> changes) {
        for (Change change : changes) {
            pending.put(Key.of(change.kind(), change.key()), change);
        }
    }

    /**
     * Writes all that is not yet written.
     *
     * @throws IOException if it cannot be; it is tried again with the next rows, unless there are too many by now
     */
    void flush() throws IOException {
        if (pending.isEmpty()) {
            return;
        }
        try {
            rows.write(new ArrayList<>(pending.values()));
            pending.clear();
        } catch (IOException e) {
            if (pending.size() > MOST) {
                pending.clear();
            }
            throw e;
        }
    }

    @Override
    public Optional<byte[]> get(Kind kind, byte[] key) throws IOException {
        @Nullable Change change = pending.get(Key.of(kind, key));
        return change == null ? rows.get(kind, key) : change.value();
    }

    @Override
    public void scan(Kind kind, byte[] prefix, Visitor visitor) throws IOException {
        flush();
        rows.scan(kind, prefix, visitor);
    }

    @Override
    public Optional<byte[]> lastKey(Kind kind) throws IOException {
        flush();
        return rows.lastKey(kind);
    }
}
