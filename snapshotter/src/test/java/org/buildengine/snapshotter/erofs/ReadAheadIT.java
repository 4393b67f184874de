package org.buildengine.snapshotter.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.PageCache;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ReadAheadIT {
    private static final int SMALL_FILES = 4000;
    private static final int SMALL = 1500;
    private static final int LARGE = 16 << 20;

    @TempDir
    Path root;

    private static void fill(LayerWriter writer, String path, int size) throws IOException {
        try (OutputStream out = writer.file(path, Attributes.ofMode(0644), size)) {
            out.write(new byte[size]);
        }
    }

    private static Snapshot layer(DiskSnapshotter snapshotter) throws IOException {
        try (LayerWriter writer = snapshotter.writeLayer("test")) {
            for (int i = 0; i < SMALL_FILES; i++) {
                fill(writer, "d" + i % 40 + "/f" + i, SMALL);
            }
            fill(writer, "large", LARGE);
            return writer.seal().on(Snapshot.EMPTY);
        }
    }

    private Path image() throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.endsWith(LayerCatalog.IMAGE))
                    .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
                    .orElseThrow();
        }
    }

    private static void forget(Path file) throws Exception {
        Process dd = new ProcessBuilder("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0")
                .inheritIO()
                .start();
        assertThat(dd.waitFor()).isZero();
    }

    private static long cached(Path file) throws IOException {
        try (Descriptor open = Descriptor.forReading(file.toString())) {
            OptionalLong cached = PageCache.cached(open);
            assumeTrue(cached.isPresent(), "this kernel cannot say what it keeps in memory");
            return cached.getAsLong();
        }
    }

    @Test
    @Timeout(120)
    void smallFilesOfAColdImageAreReadBeforeAnybodyAsksAndLargeOnesAreNot() throws Exception {
        try (var snapshotter =
                DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults().withForm(LayerForm.EROFS_FILE))) {
            Snapshot layer = layer(snapshotter);
            forget(image());
            assumeTrue(cached(image()) < SMALL_FILES * SMALL / 4, "this file system keeps all in memory");

            try (MountedSnapshot _ = snapshotter.mount(layer)) {
                while (cached(image()) < SMALL_FILES * SMALL) {
                    TimeUnit.MILLISECONDS.sleep(10);
                }
                assertThat(cached(image())).isLessThan(LARGE);
            }
        }
    }

    @Test
    void shortGapsAreReadWithWhatLiesAroundThem() {
        var blocks = new BitSet();
        blocks.set(3, 5);
        blocks.set(13, 14);
        blocks.set(23, 24);

        assertThat(ReadAhead.end(blocks, 3)).isEqualTo(14);
        assertThat(ReadAhead.end(blocks, 23)).isEqualTo(24);
    }
}
