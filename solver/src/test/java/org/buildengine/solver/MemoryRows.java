package org.buildengine.solver;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.buildengine.snapshotter.BuildRows;

/** Rows in memory. */
public final class MemoryRows implements BuildRows {
    private final Map<Kind, ConcurrentSkipListMap<byte[], byte[]>> tables = new ConcurrentHashMap<>();

    private ConcurrentSkipListMap<byte[], byte[]> table(Kind kind) {
        return tables.computeIfAbsent(kind, _ -> new ConcurrentSkipListMap<>(Arrays::compareUnsigned));
    }

    @Override
    public Optional<byte[]> get(Kind kind, byte[] key) {
        return Optional.ofNullable(table(kind).get(key));
    }

    @Override
    public void scan(Kind kind, byte[] prefix, Visitor visitor) throws IOException {
        for (var row : new TreeMap<>(table(kind)).entrySet()) {
            byte[] key = row.getKey();
            if (key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)) {
                visitor.visit(key, row.getValue());
            }
        }
    }

    @Override
    public Optional<byte[]> lastKey(Kind kind) {
        return table(kind).isEmpty()
                ? Optional.empty()
                : Optional.of(table(kind).lastKey());
    }

    @Override
    public void write(List<Change> changes) {
        for (Change change : changes) {
            change.value()
                    .ifPresentOrElse(
                            value -> table(change.kind()).put(change.key(), value),
                            () -> table(change.kind()).remove(change.key()));
        }
    }
}
