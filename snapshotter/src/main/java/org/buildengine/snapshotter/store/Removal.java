package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.RemovedResult;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.snapshotter.fault.WritePoint;

/**
 * One pass of taking results out of the store: what is there is listed once, and results are cut out of it a few at a
 * time, while the store is used. What is published meanwhile is known here, so nothing that it needs goes. One pass at a
 * time; the next one waits. For one platform thread.
 */
public final class Removal implements Closeable {
    /** How many results one change takes out, so that it holds up others for a few milliseconds at most. */
    private static final int CUT = 64;

    private final Parts parts;
    private final Census census;

    /** How many of the results that are left need it, those of the census only. */
    private final Map<LayerId, Integer> layerUses = new HashMap<>();

    private final Map<Digest, Integer> blobUses = new HashMap<>();

    /** Keys that lead nowhere, to be swept. */
    private final List<CensusTaking.Pointer> dangling;

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
        var taking = new CensusTaking(parts);
        this.census = taking.take();
        this.dangling = taking.dangling();
        for (Census.Entry entry : census.entries()) {
            entry.needed().forEach(layer -> layerUses.merge(layer, 1, Integer::sum));
            entry.blobs().forEach(blob -> blobUses.merge(blob, 1, Integer::sum));
        }
        forget(taking.expired());
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

    private void forget(List<byte[]> tombstones) throws IOException {
        for (List<byte[]> part : parted(tombstones)) {
            write(batch -> part.forEach(key -> batch.delete(Table.TOMBSTONE, key)));
        }
    }

    /** What was there when the pass began. */
    public Census census() {
        return census;
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
            for (List<CensusTaking.Pointer> part : parted(dangling)) {
                write(batch -> {
                    for (CensusTaking.Pointer pointer : part) {
                        byte[] key = pointer.key().toBytes();
                        Optional<byte[]> now = batch.get(pointer.table(), key);
                        if (now.isPresent() && RocksResultStore.number(now.get()) == pointer.result()) {
                            batch.delete(pointer.table(), key);
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
