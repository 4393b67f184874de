package org.buildengine.snapshotter.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.TarBytes;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.archive.ArchiveLimits;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageLayersTest {
    private static final Attributes FILE = Attributes.ofMode(0644);

    @TempDir
    Path root;

    private final AtomicInteger ids = new AtomicInteger();
    private DiskLayers layers = new DiskLayers(new Staging(), id -> root);

    @BeforeEach
    void open() {
        layers = new DiskLayers(new Staging(), id -> root.resolve(id.value()));
    }

    private final class Staging implements LayerStaging {
        @Override
        public LayerForm form() {
            return LayerForm.EROFS_FILE;
        }

        @Override
        public Staged stage(String purpose) throws IOException {
            LayerId id = new LayerId("l" + ids.incrementAndGet());
            Path directory = Files.createDirectory(root.resolve("staged-" + id));
            return new Staged() {
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
                    Files.move(directory, root.resolve(id.value()));
                    return id;
                }

                @Override
                public void close() {}
            };
        }
    }

    private static byte[] random(Random random, int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(Tree tree, String path) throws IOException {
        try (var in = tree.open(tree.find(path).orElseThrow())) {
            return in.readAllBytes();
        }
    }

    @Test
    void filesOfEverySizeComeBackAndTheImageIsClean() throws Exception {
        long seed = 42;
        var random = new Random(seed);
        Map<String, byte[]> contents = new HashMap<>();
        Snapshot snapshot;
        try (var writer = layers.write("test")) {
            for (int i = 0; i < 600; i++) {
                int size = switch (i % 4) {
                    case 0 -> random.nextInt(100);
                    case 1 -> random.nextInt(9000);
                    case 2 -> 4096 * random.nextInt(4);
                    default -> random.nextInt(200_000) / (i % 7 + 1);
                };
                String path = "d" + i % 5 + "/e" + i % 11 + "/file-with-a-name-" + i;
                byte[] content = random(random, size);
                contents.put(path, content);
                try (OutputStream out = writer.file(path, FILE, size)) {
                    out.write(content);
                }
            }
            for (int i = 0; i < 500; i++) {
                writer.symlink("many/" + "x".repeat(100) + i, FILE, "../target" + i);
            }
            writer.hardlink("again", contents.keySet().iterator().next());
            writer.whiteout("gone");
            writer.opaque("d0");
            writer.directory("with", new Attributes(0700, 7, 8, -5, Map.of("user.a", new byte[] {1, 2, 3})));
            snapshot = writer.seal().on(Snapshot.EMPTY);
        }
        // a second look goes through the file of the index
        layers = new DiskLayers(new Staging(), id -> root.resolve(id.value()));
        Tree tree = layers.tree(snapshot);
        for (var entry : contents.entrySet()) {
            assertThat(read(tree, entry.getKey()))
                    .as("%s, seed %s", entry.getKey(), seed)
                    .isEqualTo(entry.getValue());
            assertThat(tree.find(entry.getKey()).orElseThrow().content()).contains(Digest.of(entry.getValue()));
        }
        assertThat(tree.find("gone")).isEmpty();
        assertThat(tree.list("many")).hasSize(500);
        assertThat(tree.find("with").orElseThrow().attributes().mtimeNanos()).isEqualTo(-5);
        Path image = root.resolve(snapshot.layers().getFirst().value()).resolve(LayerCatalog.IMAGE);
        if (Files.exists(Path.of("/usr/bin/fsck.erofs"))) {
            Path said = root.resolve("fsck.out");
            Process fsck = new ProcessBuilder("/usr/bin/fsck.erofs", image.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            assertThat(fsck.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(fsck.exitValue()).as(Files.readString(said)).isZero();
        }
    }

    @Test
    void editsAreSeenAtOnceAndAfterCommit() throws Exception {
        Snapshot base;
        try (var editor = layers.edit(Snapshot.EMPTY)) {
            editor.writeFile("a/b/one", FILE, "1".getBytes(StandardCharsets.UTF_8));
            editor.writeFile("a/two", FILE, "2".getBytes(StandardCharsets.UTF_8));
            base = editor.commit();
        }
        try (var editor = layers.edit(base)) {
            editor.remove("a/b");
            assertThat(editor.tree().find("a/b/one")).isEmpty();
            editor.makeDirectory("a/b", Attributes.ofMode(0700));
            assertThat(editor.tree().list("a/b")).isEmpty();
            editor.writeFile("a/b/three", FILE, "3".getBytes(StandardCharsets.UTF_8));
            Digest before = editor.tree().digest("", PathFilter.ALL);
            Tree after = layers.tree(editor.commit());
            assertThat(after.list("a/b")).hasSize(1);
            assertThat(read(after, "a/b/three")).isEqualTo("3".getBytes(StandardCharsets.UTF_8));
            assertThat(read(after, "a/two")).isEqualTo("2".getBytes(StandardCharsets.UTF_8));
            assertThat(after.digest("", PathFilter.ALL)).isEqualTo(before);
            Tree changed = layers.tree(layers.diff(layers.tree(base), "", after, ""));
            assertThat(changed.find("a/b/three")).isPresent();
            assertThat(changed.find("a/two")).isEmpty();
            assertThat(layers.tree(layers.subtree(after, "a/b")).find("three")).isPresent();
        }
    }

    @Test
    void archiveBecomesALayer() throws Exception {
        byte[] archive = new TarBytes().file("etc/hello", "hi").end();
        var sealed = layers.importLayer(new ByteArrayInputStream(archive), Optional.of(Digest.of(archive)));
        Tree tree = layers.tree(sealed.on(Snapshot.EMPTY));
        assertThat(read(tree, "etc/hello")).isEqualTo("hi".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void archiveThatGrowsBeyondItsLimitsIsRefused() throws Exception {
        var packed = new java.io.ByteArrayOutputStream();
        try (var gzip = new java.util.zip.GZIPOutputStream(packed)) {
            gzip.write(new TarBytes().entry("zeros", '0', "", new byte[4 << 20]).end());
        }
        long much = 1L << 40;
        refusedBy(new ArchiveLimits(much, 100, 1 << 20, 10), packed.toByteArray(), "decompression bomb");
        refusedBy(new ArchiveLimits(1 << 20, much, much, 10), packed.toByteArray(), "more than the allowed 1048576");
        refusedBy(new ArchiveLimits(much, much, much, 0), packed.toByteArray(), "more than the allowed 0 entries");
        byte[] cut = Arrays.copyOf(packed.toByteArray(), packed.size() / 2);
        refusedBy(ArchiveLimits.DEFAULT, cut, "cut off");
    }

    private void refusedBy(ArchiveLimits limits, byte[] archive, String reason) {
        assertThatThrownBy(() -> layers.importLayer(new ByteArrayInputStream(archive), Optional.empty(), limits))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(reason);
    }
}
