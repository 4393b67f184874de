package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.layer.LayerStaging;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;

/**
 * The layers: which are here, and the directories in which new ones are made. A layer is <em>staged</em> (a directory
 * in {@code work/} and an intent row), then <em>sealed</em> (in {@code layers/}, not referenced, gone after an hour or at the
 * next start), then <em>kept</em> (its row was committed with a result). Safe for use by several threads.
 */
public final class LayerShelf implements LayerStaging, LayerCatalog {
    private static final byte ROW_VERSION = 1;

    /**
     * Whoever seals a layer publishes a result with it soon after. One that was sealed so long ago belongs to something that failed
     * in between, and goes.
     */
    static final Duration UNCLAIMED = Duration.ofHours(1);

    private final StoreLayout layout;
    private final StoreWriter writer;
    private final Trash trash;
    private final LayerForm form;
    private final InstantSource clock;

    /** One object per layer, so that the many lists that name it share its id. */
    private final Map<String, Shelved> shelved = new ConcurrentHashMap<>();

    private static final class Shelved {
        private final LayerId id;
        private final Instant since;
        private volatile boolean kept;

        Shelved(LayerId id, Instant since, boolean kept) {
            this.id = id;
            this.since = since;
            this.kept = kept;
        }
    }

    LayerShelf(StoreLayout layout, StoreWriter writer, Trash trash, LayerForm form, InstantSource clock) {
        this.layout = layout;
        this.writer = writer;
        this.trash = trash;
        this.form = form;
        this.clock = clock;
    }

    /** Called at start for each layer that has a row and a directory. */
    void restore(LayerId id) {
        shelved.put(id.value(), new Shelved(id, clock.instant(), true));
    }

    Optional<LayerId> find(String name) {
        Shelved found = shelved.get(name);
        return found == null ? Optional.empty() : Optional.of(found.id);
    }

    /** Adds to a result's batch what makes the layer stay. */
    void keep(LayerId id, StoreWriter.Batch batch) throws IOException {
        Shelved found = shelved.get(id.value());
        if (found == null) {
            throw new IOException("the store has no layer " + id);
        }
        if (!found.kept) {
            batch.commit(Table.LAYER, key(id), row(Instant.now()));
            batch.delete(Table.INTENT, key(id));
        }
    }

    /** Called when the batch is written, so that later results need not name the layer again. */
    void kept(LayerId id) {
        Shelved found = shelved.get(id.value());
        if (found != null) {
            found.kept = true;
        }
    }

    /** Whether a layer is here. */
    public boolean has(LayerId id) {
        return shelved.containsKey(id.value());
    }

    /** The layers that results refer to, as a copy. */
    public List<LayerId> kept() {
        return shelved.values().stream()
                .filter(layer -> layer.kept)
                .map(layer -> layer.id)
                .toList();
    }

    /** What a pass of the collector may take: the layers that results refer to, and those that no result will. */
    List<LayerId> collectable() {
        Instant oldest = clock.instant().minus(UNCLAIMED);
        return shelved.values().stream()
                .filter(layer -> layer.kept || layer.since.isBefore(oldest))
                .map(layer -> layer.id)
                .toList();
    }

    /** Takes a layer off; from now on nobody finds it. */
    void remove(LayerId id, StoreWriter.Batch batch) {
        Shelved taken = shelved.remove(id.value());
        if (taken != null) {
            batch.ifLost(() -> shelved.put(id.value(), taken));
        }
        batch.delete(Table.LAYER, key(id));
        batch.delete(Table.INTENT, key(id));
    }

    static byte[] row(Instant kept) {
        return ByteBuffer.allocate(1 + Long.BYTES)
                .put(ROW_VERSION)
                .putLong(kept.toEpochMilli())
                .array();
    }

    static byte[] key(LayerId id) {
        return id.value().getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public LayerForm form() {
        return form;
    }

    @Override
    public Path directory(LayerId layer) throws IOException {
        if (!shelved.containsKey(layer.value())) {
            throw new IOException("the store has no layer " + layer + "; it may have been removed with its result");
        }
        return layout.layer(layer);
    }

    @Override
    public Staged stage(String purpose) throws IOException {
        var id = new LayerId(UUID.randomUUID().toString().replace("-", ""));
        // Not waited for: start-up finds what was being made by its directory; the row is there to tell people.
        writer.submit(batch -> batch.put(Table.INTENT, key(id), purpose.getBytes(StandardCharsets.UTF_8)));
        WritePoint.LAYER_INTENDED.reached();
        Path directory = layout.work().resolve(id.value());
        try {
            NativeThreads.run(() -> {
                LinuxFiles.makeDirectory(directory.toString(), 0700);
                return directory;
            });
        } catch (IOException e) {
            notIntended(id);
            throw e;
        }
        WritePoint.LAYER_STAGED.reached();
        return new StagedLayer(id, directory);
    }

    private void notIntended(LayerId id) throws IOException {
        writer.submit(batch -> batch.delete(Table.INTENT, key(id)));
    }

    private final class StagedLayer implements Staged {
        private final LayerId id;
        private final Path directory;
        private final AtomicBoolean ended = new AtomicBoolean();

        StagedLayer(LayerId id, Path directory) {
            this.id = id;
            this.directory = directory;
        }

        @Override
        public LayerId id() {
            return id;
        }

        @Override
        public Path directory() {
            return directory;
        }

        @Override
        public LayerId publish() throws IOException {
            if (ended.get()) {
                throw new IllegalStateException("layer " + id + " was published or discarded before");
            }
            NativeThreads.run(() -> {
                LinuxFiles.rename(directory.toString(), layout.layer(id).toString());
                return id;
            });
            WritePoint.LAYER_SHELVED.reached();
            ended.set(true);
            shelved.put(id.value(), new Shelved(id, clock.instant(), false));
            return id;
        }

        @Override
        public void close() throws IOException {
            if (ended.compareAndSet(false, true)) {
                trash.discard(directory);
                WritePoint.LAYER_GIVEN_UP.reached();
                notIntended(id);
            }
        }
    }
}
