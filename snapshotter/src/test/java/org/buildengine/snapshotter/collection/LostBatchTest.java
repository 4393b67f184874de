package org.buildengine.snapshotter.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.NamedResult;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.blob.DiskBlobStore;
import org.buildengine.snapshotter.cache.DiskCacheVolumes;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.store.Store;
import org.buildengine.snapshotter.store.StoreLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rows of a change cannot be written, as on a full disk: what was taken out of memory for it is there again. */
class LostBatchTest {
    private static final CachePolicy EVERYTHING = new CachePolicy("everything", _ -> true, Duration.ZERO, 0, 0, 0);

    @TempDir
    Path root;

    private Store store;
    private CacheCollector collector;
    private DiskBlobStore blobs;

    @BeforeEach
    void open() throws IOException {
        StoreLayout layout = StoreLayout.create(root);
        try (Store.Locked locked = Store.lock(layout)) {
            store = locked.open(
                    new Store.Settings(LayerForm.DIRECTORY, "boot", Duration.ofHours(1), InstantSource.system()));
        }
        var volumes = new DiskCacheVolumes(layout, store.trash(), store.volumes(), Room.NONE, store.delays());
        collector = new DiskCollector(root, store, volumes, _ -> {}, InstantSource.system());
        blobs = new DiskBlobStore(layout, store.blobs(), Room.NONE);
    }

    @AfterEach
    void close() {
        WritePoint.listen(_ -> {});
        store.close();
    }

    private Snapshot layer() throws IOException {
        try (var staged = store.layers().stage("test")) {
            Files.writeString(staged.directory().resolve("index"), "a layer");
            return new Snapshot(List.of(staged.publish()));
        }
    }

    private StoredResult publish(String name, Snapshot output) throws IOException {
        Digest blob = blobs.put(name.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        return store.results().publish(NamedResult.of(name, Set.of(blob), output), Owner.NONE);
    }

    private Optional<StoredResult> find(String name) {
        return store.results().find(KeyKind.RECIPE, Digest.of(name));
    }

    /** The batches of the collector fail from its cut on, until the disk is {@link #mend mended}. */
    private static void breakAfter(WritePoint point) {
        WritePoint.listen(reached -> {
            if (reached == point) {
                WritePoint.listen(next -> {
                    if (next == WritePoint.BATCH_MADE) {
                        throw new UncheckedIOException(new IOException("No space left on device"));
                    }
                });
            }
        });
    }

    private static void mend() {
        WritePoint.listen(_ -> {});
    }

    @Test
    void resultsStayWhenTheirRemovalIsNotWritten() throws Exception {
        Snapshot shared = layer();
        StoredResult first = publish("first", shared);
        StoredResult second = publish("second", shared.plus(layer().layers().getFirst()));

        breakAfter(WritePoint.REMOVAL_LISTED);
        assertThatThrownBy(() -> collector.prune(List.of(EVERYTHING))).hasMessageContaining("No space left on device");
        mend();

        assertThat(find("first")).contains(first);
        assertThat(find("second")).contains(second);
        for (StoredResult result : List.of(first, second)) {
            for (var layer : result.outputs().getFirst().layers()) {
                assertThat(store.layers().directory(layer)).exists();
            }
            assertThat(blobs.size(result.blobs().iterator().next())).isPresent();
        }
        // Both can be built upon again, and go as if nothing had happened.
        publish("third", shared);
        try (Owner owner = store.results().owner("session")) {
            assertThat(owner.hold(first.id())).isTrue();
        }
        assertThat(collector.prune(List.of(EVERYTHING)).records()).hasSize(3);
        assertThat(root.resolve("layers")).isEmptyDirectory();
        assertThat(collector.usage().bytes()).isZero();
    }

    @Test
    void resultIsPublishedAgainAfterItsRowsWereNotWritten() throws Exception {
        Snapshot layer = layer();
        breakAfter(WritePoint.RESULT_NUMBERED);
        assertThatThrownBy(() -> publish("result", layer)).hasMessageContaining("No space left on device");
        mend();

        assertThat(find("result")).isEmpty();
        StoredResult published = publish("result", layer);
        close();
        open();
        assertThat(find("result"))
                .hasValueSatisfying(found -> assertThat(found.id()).isEqualTo(published.id()));
        assertThat(publish("next", layer).id()).isGreaterThan(published.id() + 1000);
    }
}
