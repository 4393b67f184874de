package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Holdings;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.RemovedResult;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.fault.WritePoint;
import org.jspecify.annotations.Nullable;

/**
 * Results in the database. Whether a key has a first result already is decided on the writer thread, where nothing comes
 * between the look and the write; a first result that has lost its layers or blobs does not count.
 */
final class RocksResultStore implements ResultStore {
    private static final System.Logger LOG = System.getLogger(RocksResultStore.class.getName());

    private final Database database;
    private final StoreWriter writer;
    private final LayerShelf layers;
    private final BlobTable blobs;
    private final ResultNumbers numbers;
    private final InstantSource clock;
    private final LastUses uses;
    private final OwnerLedger owners;

    /** Told of what is published while something is being removed; touched on the writer thread only. */
    private @Nullable Needs needs;

    RocksResultStore(
            Database database,
            StoreWriter writer,
            LayerShelf layers,
            BlobTable blobs,
            ResultNumbers numbers,
            InstantSource clock) {
        this.database = database;
        this.writer = writer;
        this.layers = layers;
        this.blobs = blobs;
        this.numbers = numbers;
        this.clock = clock;
        this.uses = new LastUses(database, writer, clock);
        this.owners = new OwnerLedger(this::exists, uses::note, clock);
    }

    /** Hears what results that are published need. */
    interface Needs {
        void add(Collection<LayerId> layers, Collection<Digest> blobs);
    }

    /** Begins, or with null ends, to tell what newly published results need. Called on the writer thread. */
    void tell(@Nullable Needs listener) {
        needs = listener;
    }

    Instant now() {
        return clock.instant();
    }

    OwnerLedger owners() {
        return owners;
    }

    LastUses uses() {
        return uses;
    }

    private boolean exists(long id) {
        return find(id).isPresent();
    }

    @Override
    public Owner owner(String name) {
        return owners.open(name);
    }

    @Override
    public List<Holdings> holdings() {
        return owners.holdings();
    }

    /** Numbers that were never used before, not even by results that a loss of power took. */
    static final class ResultNumbers {
        static final byte[] RESERVED = "next-result".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        private static final long BLOCK = 1024;

        private final AtomicLong next;
        private long reserved;

        private ResultNumbers(long next) {
            this.next = new AtomicLong(next);
            this.reserved = next;
        }

        static ResultNumbers restore(Database database) throws IOException {
            long last =
                    database.lastKey(Table.RESULT).map(RocksResultStore::number).orElse(0L);
            long reserved = database.get(Table.META, RESERVED)
                    .map(RocksResultStore::number)
                    .orElse(0L);
            return new ResultNumbers(Math.max(last + 1, reserved));
        }

        long take() {
            return next.getAndIncrement();
        }

        /** Called on the writer thread with a number that is used in this batch. */
        void use(long number, StoreWriter.Batch batch) {
            if (number >= reserved) {
                long before = reserved;
                batch.ifLost(() -> reserved = before);
                reserved = number + BLOCK;
                batch.put(Table.META, RESERVED, bytes(reserved));
            }
        }
    }

    @Override
    public Optional<StoredResult> find(KeyKind kind, Digest key) {
        try {
            Optional<byte[]> pointer = database.get(Table.of(kind), key.toBytes());
            return pointer.isEmpty() ? Optional.empty() : find(number(pointer.get()));
        } catch (IOException e) {
            return unreadable(e);
        }
    }

    @Override
    public Optional<StoredResult> find(long id) {
        try {
            Optional<byte[]> row = database.get(Table.RESULT, bytes(id));
            return row.isEmpty() ? Optional.empty() : decode(id, row.get());
        } catch (IOException e) {
            return unreadable(e);
        }
    }

    @Override
    public Optional<RemovedResult> removed(long id) {
        try {
            return database.get(Table.TOMBSTONE, bytes(id)).map(Tombstone::decode);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "why a result was removed cannot be read: {0}", e.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<StoredResult> unreadable(IOException e) {
        LOG.log(Level.WARNING, "a result cannot be read and counts as missing: {0}", e.getMessage());
        return Optional.empty();
    }

    private Optional<StoredResult> decode(long id, byte[] row) throws IOException {
        return ResultRow.decode(id, row, layers::find, blob -> blobs.size(blob).isPresent());
    }

    @Override
    public StoredResult publish(NewResult result, Owner owner) throws IOException {
        long id = numbers.take();
        owners.holdNew(owner, id);
        WritePoint.RESULT_NUMBERED.reached();
        var stored = new StoredResult(
                id,
                result.identity(),
                result.outputs(),
                result.facts(),
                result.blobs(),
                clock.instant(),
                result.cost(),
                result.origin());
        byte[] row = ResultRow.encode(stored);
        Set<LayerId> needed = new LinkedHashSet<>();
        for (Snapshot output : stored.outputs()) {
            needed.addAll(output.layers());
        }
        writer.write(batch -> {
            for (Digest blob : stored.blobs()) {
                if (blobs.size(blob).isEmpty()) {
                    throw new IOException("the store has no blob " + blob);
                }
            }
            for (LayerId layer : needed) {
                layers.keep(layer, batch);
            }
            if (needs != null) {
                needs.add(needed, stored.blobs());
            }
            numbers.use(id, batch);
            batch.commit(Table.RESULT, bytes(id), row);
            for (var keys : result.keys().entrySet()) {
                for (Digest key : keys.getValue()) {
                    point(batch, keys.getKey(), key, id);
                }
            }
        });
        WritePoint.RESULT_WRITTEN.reached();
        needed.forEach(layers::kept);
        blobs.referenced(stored.blobs());
        return stored;
    }

    @Override
    public void addKey(KeyKind kind, Digest key, long resultId) throws IOException {
        writer.write(batch -> {
            if (batch.get(Table.RESULT, bytes(resultId)).isEmpty()) {
                throw new IOException("the store has no result " + resultId);
            }
            point(batch, kind, key, resultId);
        });
    }

    private void point(StoreWriter.Batch batch, KeyKind kind, Digest key, long id) throws IOException {
        Table table = Table.of(kind);
        if (kind == KeyKind.RECIPE || !leadsToResult(batch, table, key)) {
            batch.commit(table, key.toBytes(), bytes(id));
        }
    }

    private boolean leadsToResult(StoreWriter.Batch batch, Table table, Digest key) throws IOException {
        Optional<byte[]> pointer = batch.get(table, key.toBytes());
        if (pointer.isEmpty()) {
            return false;
        }
        Optional<byte[]> row = batch.get(Table.RESULT, pointer.get());
        return row.isPresent() && decode(number(pointer.get()), row.get()).isPresent();
    }

    static byte[] bytes(long number) {
        return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    }

    static long number(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong();
    }
}
