package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.BuildRows;

/** {@link BuildRows} in the database. Safe for use by several threads. */
final class StoredRows implements BuildRows {
    private final Database database;
    private final StoreWriter writer;

    StoredRows(Database database, StoreWriter writer) {
        this.database = database;
        this.writer = writer;
    }

    private static Table table(Kind kind) {
        return switch (kind) {
            case BUILD -> Table.BUILD;
            case DECISION -> Table.DECISION;
            case STEP -> Table.STEP;
            case LINEAGE -> Table.LINEAGE;
        };
    }

    @Override
    public Optional<byte[]> get(Kind kind, byte[] key) throws IOException {
        return database.get(table(kind), key);
    }

    @Override
    public void scan(Kind kind, byte[] prefix, Visitor visitor) throws IOException {
        database.scanPrefix(table(kind), prefix, visitor::visit);
    }

    @Override
    public Optional<byte[]> lastKey(Kind kind) throws IOException {
        return database.lastKey(table(kind));
    }

    @Override
    public void write(List<Change> changes) throws IOException {
        writer.write(batch -> {
            for (Change change : changes) {
                Table table = table(change.kind());
                change.value()
                        .ifPresentOrElse(
                                value -> batch.put(table, change.key(), value),
                                () -> batch.delete(table, change.key()));
            }
        });
    }
}
