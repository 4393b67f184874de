package org.buildengine.snapshotter.blob;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.buildengine.snapshotter.BlobStore;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DigestMismatchException;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.store.Store;
import org.buildengine.snapshotter.store.StoreLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskBlobStoreTest {
    @TempDir
    Path root;

    private Store store;
    private BlobStore blobs;

    @BeforeEach
    void open() throws IOException {
        StoreLayout layout = StoreLayout.create(root);
        try (Store.Locked locked = Store.lock(layout)) {
            store = locked.open(
                    new Store.Settings(LayerForm.DIRECTORY, "boot", Duration.ofHours(1), InstantSource.system()));
        }
        blobs = new DiskBlobStore(layout, store.blobs(), Room.NONE);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private void reopen() throws IOException {
        close();
        open();
    }

    private byte[] read(Digest digest, long offset) throws IOException {
        try (var in = blobs.open(digest, offset)) {
            return in.readAllBytes();
        }
    }

    private long filesUnder(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void blobIsReadFromAnyOffsetAndAfterReopening() throws IOException {
        byte[] bytes = new byte[300_000];
        new Random(11).nextBytes(bytes);
        Digest digest;
        try (BlobStore.Ingest ingest = blobs.ingest(Optional.empty())) {
            ingest.stream().write(bytes, 0, 100_000);
            ingest.stream().write(bytes[100_000]);
            ingest.stream().write(bytes, 100_001, 199_999);
            digest = ingest.commit();
        }
        assertThat(digest).isEqualTo(Digest.of(bytes));
        reopen();
        assertThat(blobs.size(digest)).hasValue(300_000);
        assertThat(read(digest, 0)).isEqualTo(bytes);
        assertThat(read(digest, 299_999)).containsExactly(bytes[299_999]);
        assertThat(read(digest, 300_000)).isEmpty();
        assertThatThrownBy(() -> blobs.open(digest, 300_001)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void wrongBytesGetNoName() throws IOException {
        Digest promised = Digest.of("promised");
        try (BlobStore.Ingest ingest = blobs.ingest(Optional.of(promised))) {
            ingest.stream().write("something else".getBytes(UTF_8));
            assertThatThrownBy(ingest::commit)
                    .isInstanceOf(DigestMismatchException.class)
                    .hasMessageContaining(promised.toString());
        }
        assertThat(blobs.size(promised)).isEmpty();
        assertThat(filesUnder(root.resolve("cas"))).isZero();
        assertThat(filesUnder(root.resolve("work"))).isZero();
        assertThatThrownBy(() -> blobs.open(promised, 0)).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void ingestThatIsGivenUpLeavesNothing() throws IOException {
        try (BlobStore.Ingest ingest = blobs.ingest(Optional.empty())) {
            ingest.stream().write(1);
        }
        assertThat(filesUnder(root.resolve("cas"))).isZero();
        assertThat(filesUnder(root.resolve("work"))).isZero();
    }

    @Test
    void oneDigestMayBeIngestedByManyAtOnce() throws Exception {
        byte[] bytes = new byte[50_000];
        new Random(12).nextBytes(bytes);
        Digest expected = Digest.of(bytes);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var ingests = new ArrayList<Callable<Digest>>();
            for (int i = 0; i < 50; i++) {
                ingests.add(() -> {
                    try (BlobStore.Ingest ingest = blobs.ingest(Optional.of(expected))) {
                        ingest.stream().write(bytes);
                        return ingest.commit();
                    }
                });
            }
            for (var ingest : threads.invokeAll(ingests)) {
                assertThat(ingest.get()).isEqualTo(expected);
            }
        }
        assertThat(read(expected, 0)).isEqualTo(bytes);
        assertThat(filesUnder(root.resolve("cas"))).isEqualTo(1);
    }

    @Test
    void smallBlobsAreStoredOnceAndEvenEmpty() throws IOException {
        Digest empty = blobs.put(new byte[0]);
        assertThat(blobs.put(new byte[0])).isEqualTo(empty);
        assertThat(read(empty, 0)).isEmpty();
        assertThat(blobs.size(empty)).hasValue(0);
    }

    @Test
    void whatWasWrittenCanBeReadWhileMoreIsWritten() throws IOException {
        byte[] bytes = new byte[200_000];
        new Random(13).nextBytes(bytes);
        try (BlobStore.Ingest ingest = blobs.ingest(Optional.empty())) {
            var before = new ByteArrayOutputStream();
            ingest.copyTo(before);
            assertThat(before.size()).isZero();
            ingest.stream().write(bytes, 0, 150_000);
            var half = new ByteArrayOutputStream();
            ingest.copyTo(half);
            assertThat(half.toByteArray()).isEqualTo(Arrays.copyOf(bytes, 150_000));
            ingest.stream().write(bytes, 150_000, 50_000);
            assertThat(ingest.commit()).isEqualTo(Digest.of(bytes));
        }
    }

    @Test
    void committedIngestTakesNoMoreBytes() throws IOException {
        try (BlobStore.Ingest ingest = blobs.ingest(Optional.empty())) {
            ingest.commit();
            assertThatThrownBy(() -> ingest.stream().write(1)).isInstanceOf(IOException.class);
            assertThatThrownBy(ingest::commit).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void temporaryFileTakesTheNameWhereUnnamedFilesAreNotPossible() throws IOException {
        Path place = root.resolve("work/named");
        try (var file = UnnamedFile.Temporary.create(root.resolve("work"))) {
            assertThat(file.channel().write(java.nio.ByteBuffer.wrap(new byte[] {7})))
                    .isEqualTo(1);
            file.name(place);
        }
        assertThat(place).hasBinaryContent(new byte[] {7});
        try (var file = UnnamedFile.Temporary.create(root.resolve("work"))) {
            assertThat(file.channel().isOpen()).isTrue();
        }
        assertThat(filesUnder(root.resolve("work"))).isEqualTo(1);
    }
}
