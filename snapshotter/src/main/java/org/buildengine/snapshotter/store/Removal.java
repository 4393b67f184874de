package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.RemovedResult;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.snapshotter.fault.WritePoint;

/**
 * One pass of taking results out of the store: what is there is listed once, and results are cut out of it a few at a
 * time, while the store is used. What is published meanwhile is known here, so nothing that it needs goes. One pass at a
 * time; the next one waits. For one platform thread.
 */
public final class Removal implements Closeable {
    private static final System.Logger LOG = System.getLogger(Removal.class.getName());

    /** How many results one change takes out, so that it holds up others for a few milliseconds at most. */
    private static final int CUT = 64;

    /** How long it is remembered that a result was removed. */
    private static final Duration REMEMBERED = Duration.ofDays(30);

    private final Parts parts;
    private final Census census;

    /** How many of the results that are left need it, those of the census only. */
    private final Map<LayerId, Integer> layerUses = new HashMap<>();

    private final Map<Digest, Integer> blobUses = new HashMap<>();

    /** Keys that lead nowhere, to be swept. */
    private final List<Pointer> dangling = new ArrayList<>();

    // What was published since the census; touched on the writer thread only.
    private final Set<LayerId> neededSince = new HashSet<>();
    private final Set<Digest> blobsSince = new HashSet<>();

    /** What a pass works on. */
    record Parts(
            StoreLayout layout,
            Database database,
            StoreWriter writer,
            Trash trash,
            LayerShelf layers,
            BlobTable blobs,
            RocksResultStore results,
            Sizes sizes,
            Semaphore turn,
            Delays delays,
            HoldTimes holds) {}

    /** Told which layers are gone, so that whoever keeps something of them lets go. */
    @FunctionalInterface
    public interface LayersGone {
        void gone(Collection<LayerId> layers) throws IOException;
    }

    private record Pointer(Table table, Digest key, long result) {}

    /**
     * What a cut took out.
     *
     * @param results their numbers
     * @param bytes of layers and blobs that nothing needs any more
     */
    public record Cut(List<Long> results, long bytes) {}

    private Removal(Parts parts) throws IOException {
        this.parts = parts;
        write(_ -> parts.results.tell((layers, blobs) -> {
            neededSince.addAll(layers);
            blobsSince.addAll(blobs);
        }));
        WritePoint.REMOVAL_BEGUN.reached();
        this.census = take();
        WritePoint.REMOVAL_LISTED.reached();
    }

    /** Begins a pass, when the one before has ended. */
    static Removal begin(Parts parts) throws IOException {
        try (Delays.Waiting _ = parts.delays.begin(Delay.Cause.COLLECTION, "")) {
            parts.turn.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while another pass of the collector was under way", e);
        }
        boolean begun = false;
        try {
            var removal = new Removal(parts);
            begun = true;
            return removal;
        } finally {
            if (!begun) {
                end(parts);
            }
        }
    }

    /** All that a pass has the thread that writes do. */
    private void write(StoreWriter.Change change) throws IOException {
        parts.writer.write(change, parts.holds);
    }

    /** What was there when the pass began. */
    public Census census() {
        return census;
    }

    private Census take() throws IOException {
        // Layers and blobs first: what is published from here on has its own in neededSince.
        List<LayerId> kept = parts.layers.collectable();
        Map<Digest, Long> blobs = parts.blobs.all();
        Map<Long, LastUses.Uses> uses = parts.results.uses().all();
        Set<Long> buried = buried();
        var rows = new ArrayList<StoredResult>();
        var broken = new ArrayList<Long>();
        parts.database.scan(
                Table.RESULT,
                new byte[0],
                (key, row) ->
                        read(key, row).ifPresentOrElse(rows::add, () -> broken.add(RocksResultStore.number(key))));
        Set<Long> numbers = new HashSet<>(broken);
        rows.forEach(row -> numbers.add(row.id()));
        Set<Long> keyed = keyed(numbers, buried);
        var entries = new ArrayList<Census.Entry>();
        for (StoredResult row : rows) {
            var unused = new LastUses.Uses(row.created(), 0);
            entries.add(entry(row, uses.getOrDefault(row.id(), unused), keyed.contains(row.id())));
        }
        broken.forEach(id -> entries.add(broken(id)));
        for (Census.Entry entry : entries) {
            entry.needed().forEach(layer -> layerUses.merge(layer, 1, Integer::sum));
            entry.blobs().forEach(blob -> blobUses.merge(blob, 1, Integer::sum));
        }
        return new Census(entries, parts.sizes.ofLayers(kept), parts.sizes.ofBlobs(blobs.keySet()));
    }

    private Optional<StoredResult> read(byte[] key, byte[] row) {
        try {
            return ResultRow.decode(
                    RocksResultStore.number(key),
                    row,
                    parts.layers::find,
                    blob -> parts.blobs.size(blob).isPresent());
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a result cannot be read and goes: {0}", e.getMessage());
            return Optional.empty();
        }
    }

    private Census.Entry entry(StoredResult row, LastUses.Uses used, boolean keyed) {
        Set<LayerId> needed = new LinkedHashSet<>();
        for (Snapshot output : row.outputs()) {
            needed.addAll(output.layers());
        }
        return new Census.Entry(
                row.id(),
                needed,
                row.blobs(),
                row.created(),
                used.last(),
                used.count(),
                row.cost(),
                row.origin(),
                parts.results.owners().held(row.id()),
                keyed);
    }

    private Census.Entry broken(long id) {
        return new Census.Entry(
                id,
                Set.of(),
                Set.of(),
                Instant.EPOCH,
                Instant.EPOCH,
                0,
                Duration.ZERO,
                org.buildengine.snapshotter.Origin.UNKNOWN,
                parts.results.owners().held(id),
                false);
    }

    /** The results to which a key leads; keys that lead to nothing, not even to a tombstone, are noted. */
    private Set<Long> keyed(Set<Long> results, Set<Long> buried) throws IOException {
        Set<Long> keyed = new HashSet<>();
        for (KeyKind kind : KeyKind.values()) {
            Table table = Table.of(kind);
            parts.database.scan(table, new byte[0], (key, value) -> {
                long result = RocksResultStore.number(value);
                if (results.contains(result)) {
                    keyed.add(result);
                } else if (!buried.contains(result)) {
                    dangling.add(new Pointer(table, Digest.ofRaw(key), result));
                }
            });
        }
        return keyed;
    }

    /** The results whose removal is still to be remembered; the other tombstones go. */
    private Set<Long> buried() throws IOException {
        Set<Long> buried = new HashSet<>();
        List<byte[]> expired = new ArrayList<>();
        Instant oldest = parts.results.now().minus(REMEMBERED);
        parts.database.scan(Table.TOMBSTONE, new byte[0], (key, value) -> {
            if (Tombstone.decode(value).at().isBefore(oldest)) {
                expired.add(key);
            } else {
                buried.add(RocksResultStore.number(key));
            }
        });
        for (List<byte[]> part : parted(expired)) {
            write(batch -> part.forEach(key -> batch.delete(Table.TOMBSTONE, key)));
        }
        return buried;
    }

    /**
     * Takes results out, except those that somebody holds by now, and every layer and blob that nothing else needs.
     *
     * @param reason for who asks later why they went, such as the policy
     * @param gone told of the layers before their files go
     */
    public Cut remove(Collection<Census.Entry> entries, String reason, LayersGone gone) throws IOException {
        var removed = new ArrayList<Long>();
        long bytes = 0;
        for (List<Census.Entry> part : parted(List.copyOf(entries))) {
            bytes += cut(part, reason, gone, removed);
        }
        return new Cut(removed, bytes);
    }

    /** Takes out the layers and blobs that no result needs, which only a fault leaves behind. */
    public long removeOrphans(LayersGone gone) throws IOException {
        List<LayerId> layers = census.layers().keySet().stream()
                .filter(layer -> !layerUses.containsKey(layer))
                .toList();
        List<Digest> blobs = census.blobs().keySet().stream()
                .filter(blob -> !blobUses.containsKey(blob))
                .toList();
        var unneeded = new Unneeded();
        write(batch -> {
            layers.forEach(layer -> unneeded.take(layer, batch));
            blobs.forEach(blob -> unneeded.take(blob, batch));
        });
        WritePoint.ORPHANS_CUT.reached();
        return unneeded.discard(gone);
    }

    private long cut(List<Census.Entry> part, String reason, LayersGone gone, List<Long> removed) throws IOException {
        List<Long> leaving = new ArrayList<>();
        var unneeded = new Unneeded();
        Instant now = parts.results.now();
        try {
            write(batch -> {
                for (Census.Entry entry : part) {
                    if (parts.results.owners().leave(entry.id())) {
                        leaving.add(entry.id());
                        byte[] key = RocksResultStore.bytes(entry.id());
                        batch.delete(Table.RESULT, key);
                        batch.delete(Table.USED, key);
                        unneeded.without(entry, batch);
                        var burial = new RemovedResult(now, reason, bytes(entry));
                        batch.put(Table.TOMBSTONE, key, Tombstone.encode(burial));
                    }
                }
            });
            WritePoint.CUT_WRITTEN.reached();
            removed.addAll(leaving);
            return unneeded.discard(gone);
        } finally {
            parts.results.owners().left(leaving);
        }
    }

    /** Of all that it needs, whoever else does. */
    private long bytes(Census.Entry entry) {
        long bytes = 0;
        for (LayerId layer : entry.needed()) {
            bytes += census.layers().getOrDefault(layer, 0L);
        }
        for (Digest blob : entry.blobs()) {
            bytes += census.blobs().getOrDefault(blob, 0L);
        }
        return bytes;
    }

    /** Layers and blobs that a change takes out because nothing needs them any more. */
    private final class Unneeded {
        private final List<LayerId> layers = new ArrayList<>();
        private final List<Digest> blobs = new ArrayList<>();

        /** Takes what nothing but {@code entry} needed. */
        void without(Census.Entry entry, StoreWriter.Batch batch) {
            for (LayerId layer : entry.needed()) {
                if (oneLess(layerUses, layer, batch) == 0) {
                    take(layer, batch);
                }
            }
            for (Digest blob : entry.blobs()) {
                if (oneLess(blobUses, blob, batch) == 0) {
                    take(blob, batch);
                }
            }
        }

        private static <T> int oneLess(Map<T, Integer> uses, T used, StoreWriter.Batch batch) {
            batch.ifLost(() -> uses.merge(used, 1, Integer::sum));
            return uses.merge(used, -1, Integer::sum);
        }

        void take(LayerId layer, StoreWriter.Batch batch) {
            if (!neededSince.contains(layer)) {
                parts.layers.remove(layer, batch);
                layers.add(layer);
            }
        }

        void take(Digest blob, StoreWriter.Batch batch) {
            if (!blobsSince.contains(blob)) {
                parts.blobs.leave(blob).ifPresent(size -> {
                    batch.ifLost(() -> parts.blobs.stay(blob, size));
                    batch.delete(Table.BLOB, blob.toBytes());
                    blobs.add(blob);
                });
            }
        }

        /** Sends the files to the trash once the rows are gone; the bytes that this frees. */
        long discard(LayersGone gone) throws IOException {
            try {
                gone.gone(layers);
                WritePoint.CUT_UNMOUNTED.reached();
                long bytes = 0;
                for (LayerId layer : layers) {
                    bytes += census.layers().getOrDefault(layer, 0L);
                    parts.trash.discard(parts.layout.layer(layer));
                    WritePoint.CUT_LAYER_DISCARDED.reached();
                }
                parts.sizes.forget(layers);
                for (Digest blob : blobs) {
                    bytes += census.blobs().getOrDefault(blob, 0L);
                    parts.trash.discard(parts.layout.blob(blob));
                    WritePoint.CUT_BLOB_DISCARDED.reached();
                }
                return bytes;
            } finally {
                parts.blobs.left(blobs);
            }
        }
    }

    private static <T> List<List<T>> parted(List<T> all) {
        var split = new ArrayList<List<T>>();
        for (int from = 0; from < all.size(); from += CUT) {
            split.add(all.subList(from, Math.min(all.size(), from + CUT)));
        }
        return split;
    }

    /** Sweeps the keys that lead nowhere and ends the pass. */
    @Override
    public void close() throws IOException {
        try {
            for (List<Pointer> part : parted(dangling)) {
                write(batch -> {
                    for (Pointer pointer : part) {
                        byte[] key = pointer.key.toBytes();
                        Optional<byte[]> now = batch.get(pointer.table, key);
                        if (now.isPresent() && RocksResultStore.number(now.get()) == pointer.result) {
                            batch.delete(pointer.table, key);
                        }
                    }
                });
            }
            WritePoint.KEYS_SWEPT.reached();
        } finally {
            end(parts);
        }
    }

    private static void end(Parts parts) throws IOException {
        try {
            parts.writer.write(_ -> parts.results.tell(null));
        } finally {
            parts.turn.release();
        }
    }
}
