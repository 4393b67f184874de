package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.tree.LayerIndex;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * Layers and blobs whose rows a damaged database lost, while those of the results that need them are there: the files lie under their
 * names and say themselves that they are whole, so they get their rows again. Platform threads only.
 */
final class FoundFiles {
    private static final System.Logger LOG = System.getLogger(FoundFiles.class.getName());

    private final StoreLayout layout;
    private final Database saved;
    private final Set<LayerId> layers = new HashSet<>();
    private final Set<Digest> blobs = new HashSet<>();

    private FoundFiles(StoreLayout layout, Database saved) {
        this.layout = layout;
        this.saved = saved;
    }

    /**
     * Adds to {@code saved} the rows that its results need and that it lacks, as far as there are files for them.
     *
     * @return how many
     */
    static int addTo(Database saved, StoreLayout layout) throws IOException {
        var found = new FoundFiles(layout, saved);
        saved.scan(Table.RESULT, new byte[0], found::lookAt);
        return found.add();
    }

    private void lookAt(byte[] key, byte[] row) {
        try {
            var _ = ResultRow.decode(
                    RocksResultStore.number(key),
                    row,
                    name -> {
                        layers.add(new LayerId(name));
                        return Optional.of(new LayerId(name));
                    },
                    blob -> {
                        blobs.add(blob);
                        return true;
                    });
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "a result that cannot be read needs nothing", e);
        }
    }

    private int add() throws IOException {
        try (var batch = new WriteBatch()) {
            for (LayerId layer : layers) {
                if (saved.get(Table.LAYER, LayerShelf.key(layer)).isEmpty() && isWhole(layer)) {
                    batch.put(saved.family(Table.LAYER), LayerShelf.key(layer), LayerShelf.row(Instant.now()));
                }
            }
            for (Digest blob : blobs) {
                if (saved.get(Table.BLOB, blob.toBytes()).isEmpty() && isWhole(blob)) {
                    byte[] row = ByteBuffer.allocate(Long.BYTES)
                            .putLong(Files.size(layout.blob(blob)))
                            .array();
                    batch.put(saved.family(Table.BLOB), blob.toBytes(), row);
                }
            }
            saved.write(batch, false);
            return batch.count();
        } catch (RocksDBException e) {
            throw Database.failure("what was found of the damaged store cannot be saved", e);
        }
    }

    /** Whether a layer has its files, and an index with the right checksum. */
    private boolean isWhole(LayerId layer) {
        Path directory = layout.layer(layer);
        try {
            LayerIndex.load(directory.resolve(LayerCatalog.INDEX));
            return Files.exists(directory.resolve(LayerCatalog.FILES))
                    || Files.exists(directory.resolve(LayerCatalog.IMAGE));
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "layer " + layer + " is not found again", e);
            return false;
        }
    }

    /** Whether a blob has the bytes that its name says. */
    private boolean isWhole(Digest blob) {
        MessageDigest sha256 = Digest.sha256();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(layout.blob(blob))) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha256.update(buffer, 0, read);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "blob " + blob + " is not found again", e);
            return false;
        }
        return Digest.finish(sha256).equals(blob);
    }
}
