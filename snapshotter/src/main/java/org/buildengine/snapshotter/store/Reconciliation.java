package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.RemovedResult;
import org.buildengine.snapshotter.fault.WritePoint;

/**
 * Sorts out what the last process left, at start, before anybody else uses the store: files without rows go to the
 * trash, rows without files are deleted, everything unfinished goes. What cannot be moved away is said and left alone; a
 * leftover never keeps the store from opening. Reads names only, so it takes milliseconds for thousands of layers.
 */
final class Reconciliation {
    private static final System.Logger LOG = System.getLogger(Reconciliation.class.getName());

    private static final Pattern VOLUME = Pattern.compile("[0-9a-f]{64}");

    private final StoreLayout layout;
    private final Database database;
    private final StoreWriter writer;
    private final Trash trash;
    private final boolean lost;

    /** Whether rows may lack what they need, so that all results are looked at. */
    private boolean thorough;

    /** What is to be sorted out; {@code lost} says that files may lack what was written to them. */
    Reconciliation(StoreLayout layout, Database database, StoreWriter writer, Trash trash, boolean lost) {
        this.layout = layout;
        this.database = database;
        this.writer = writer;
        this.trash = trash;
        this.lost = lost;
    }

    void run(LayerShelf layers, BlobTable blobs, InstantSource clock) throws IOException {
        thorough = lost || Salvage.isUnsorted(database);
        for (Path leftover : entries(layout.work())) {
            discard(leftover);
        }
        WritePoint.WORK_CLEARED.reached();
        restoreLayers(layers);
        WritePoint.LAYERS_RESTORED.reached();
        restoreBlobs(blobs);
        WritePoint.BLOBS_RESTORED.reached();
        dropIntents();
        WritePoint.INTENTS_DROPPED.reached();
        dropVolumes();
        WritePoint.VOLUMES_DROPPED.reached();
        if (thorough) {
            dropIncomplete(layers, blobs, clock.instant());
        }
    }

    private void restoreLayers(LayerShelf layers) throws IOException {
        Set<String> rows = new HashSet<>();
        database.scan(
                Table.LAYER,
                new byte[0],
                (key, value) -> rows.add(new String(key, java.nio.charset.StandardCharsets.US_ASCII)));
        for (Path directory : entries(layout.layers())) {
            String name = directory.getFileName().toString();
            if (rows.remove(name)) {
                layers.restore(new LayerId(name));
            } else {
                discard(directory);
            }
        }
        if (!rows.isEmpty()) {
            thorough = true;
            LOG.log(
                    Level.WARNING,
                    "{0} layers are missing from {1}; their results are forgotten",
                    rows.size(),
                    layout.layers());
            writer.write(batch -> rows.forEach(
                    name -> batch.delete(Table.LAYER, name.getBytes(java.nio.charset.StandardCharsets.US_ASCII))));
        }
    }

    private void restoreBlobs(BlobTable blobs) throws IOException {
        Map<String, byte[]> rows = new HashMap<>();
        database.scan(
                Table.BLOB,
                new byte[0],
                (key, value) -> rows.put(Digest.ofRaw(key).hex(), value));
        for (Path bucket : entries(layout.blobs())) {
            for (Path file : entries(bucket)) {
                String name = file.getFileName().toString();
                byte[] row = rows.get(name);
                if (row != null && !cutShort(file, row)) {
                    rows.remove(name);
                    blobs.restore(Digest.parse("sha256:" + name), row);
                } else {
                    discard(file);
                }
            }
        }
        if (!rows.isEmpty()) {
            thorough = true;
            LOG.log(
                    Level.WARNING,
                    "{0} blobs are missing from {1}; what needs them is made again",
                    rows.size(),
                    layout.blobs());
            writer.write(batch -> rows.keySet()
                    .forEach(name -> batch.delete(
                            Table.BLOB, Digest.parse("sha256:" + name).toBytes())));
        }
    }

    /**
     * Whether a file lacks bytes that its row says it has. A blob that was removed and came again shortly before a loss of power
     * can have the row of the first and the file of the second.
     */
    private boolean cutShort(Path file, byte[] row) throws IOException {
        return lost && Files.size(file) != ByteBuffer.wrap(row).getLong();
    }

    /** Results that lack something go, and then layers that no result needs. */
    private void dropIncomplete(LayerShelf layers, BlobTable blobs, Instant now) throws IOException {
        byte[] tombstone =
                Tombstone.encode(new RemovedResult(now, "a part of it was missing when the engine started", 0));
        Set<LayerId> needed = new HashSet<>();
        List<byte[]> incomplete = new ArrayList<>();
        database.scan(
                Table.RESULT,
                new byte[0],
                (key, row) -> ResultRow.decode(
                                RocksResultStore.number(key),
                                row,
                                layers::find,
                                blob -> blobs.size(blob).isPresent())
                        .ifPresentOrElse(
                                result -> result.outputs().forEach(output -> needed.addAll(output.layers())),
                                () -> incomplete.add(key)));
        List<LayerId> unneeded =
                layers.kept().stream().filter(layer -> !needed.contains(layer)).toList();
        writer.write(batch -> {
            for (byte[] key : incomplete) {
                batch.delete(Table.RESULT, key);
                batch.delete(Table.USED, key);
                batch.put(Table.TOMBSTONE, key, tombstone);
            }
            unneeded.forEach(layer -> layers.remove(layer, batch));
            Salvage.sorted(batch);
        });
        unneeded.forEach(layer -> discard(layout.layer(layer)));
    }

    private void dropIntents() throws IOException {
        List<byte[]> keys = new ArrayList<>();
        database.scan(Table.INTENT, new byte[0], (key, value) -> keys.add(key));
        if (!keys.isEmpty()) {
            writer.write(batch -> keys.forEach(key -> batch.delete(Table.INTENT, key)));
        }
    }

    /** What is known of a volume goes with its directory. */
    private void dropVolumes() throws IOException {
        List<byte[]> keys = new ArrayList<>();
        database.scan(Table.VOLUME, new byte[0], (key, value) -> {
            if (!Files.isDirectory(layout.volume(Digest.ofRaw(key)))) {
                keys.add(key);
            }
        });
        if (!keys.isEmpty()) {
            writer.write(batch -> keys.forEach(key -> batch.delete(Table.VOLUME, key)));
        }
        if (lost) {
            dropUnknownVolumes();
        }
    }

    /** A volume of which the row was lost may lack a part of what it began with. */
    private void dropUnknownVolumes() throws IOException {
        Set<String> known = new HashSet<>();
        database.scan(
                Table.VOLUME,
                new byte[0],
                (key, value) -> known.add(Digest.ofRaw(key).hex()));
        for (Path volume : entries(layout.caches())) {
            String name = volume.getFileName().toString();
            if (VOLUME.matcher(name).matches() && !known.contains(name)) {
                discard(volume);
            }
        }
    }

    private void discard(Path leftover) {
        try {
            trash.discard(leftover);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "a leftover of the last run stays: " + leftover, e);
        }
    }

    private static List<Path> entries(Path directory) throws IOException {
        var entries = new ArrayList<Path>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(entries::add);
        } catch (java.nio.file.NotDirectoryException e) {
            return List.of();
        }
        return entries;
    }
}
