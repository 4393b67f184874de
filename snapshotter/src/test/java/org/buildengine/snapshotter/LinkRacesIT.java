package org.buildengine.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.awaitility.Awaitility;
import org.buildengine.snapshotter.conversion.Conversion;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.DirectoryScan;
import org.buildengine.snapshotter.linux.DiskUsage;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.TreeRemoval;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Somebody puts links to a directory outside in the place of directories, and takes them away again, as fast as he can:
 * what is done there meanwhile may fail, and never reads or changes anything outside. Layers are kept as directories,
 * the form in which their names are names of this host, but where they become images.
 */
class LinkRacesIT {
    private static final Duration LONG_ENOUGH = Duration.ofMillis(1200);
    private static final String SECRET = "not for layers";

    @TempDir
    Path root;

    private DiskSnapshotter snapshotter;
    private Path outside;
    private Map<String, String> before = Map.of();

    @BeforeEach
    void open() throws IOException {
        outside = Files.createDirectories(root.resolve("outside"));
        Files.createDirectories(outside.resolve("b/c"));
        for (int i = 0; i < 200; i += 2) {
            Files.writeString(outside.resolve("f" + i), SECRET);
            Files.writeString(outside.resolve("b/f" + i), SECRET);
            Files.writeString(outside.resolve("b/c/f" + i), SECRET);
        }
        before = Listing.onDisk(outside);
        snapshotter = DiskSnapshotter.open(
                root.resolve("store"), DiskSnapshotter.Options.defaults().withForm(LayerForm.DIRECTORY));
    }

    @AfterEach
    void nothingOutsideWasChanged() throws IOException {
        snapshotter.close();
        assertThat(Listing.onDisk(outside)).isEqualTo(before);
    }

    /** Does something again and again, for a while. */
    private static void repeat(Attempt attempt) throws IOException {
        long end = System.nanoTime() + LONG_ENOUGH.toNanos();
        do {
            attempt.run();
        } while (System.nanoTime() < end);
    }

    @FunctionalInterface
    private interface Attempt {
        void run() throws IOException;
    }

    private static byte[] archive() {
        var tar = new TarBytes();
        for (String directory : List.of("a/", "a/b/", "a/b/c/")) {
            tar.mode(0700).directory(directory);
            for (int i = 0; i < 50; i++) {
                tar.mode(04711).file(directory + "f" + i, "inside").hardlink(directory + "l" + i, directory + "f" + i);
            }
        }
        return tar.end();
    }

    @Test
    void unpackingStaysInItsDirectory() throws Exception {
        byte[] archive = archive();
        try (var swapper = new Swapper(root.resolve("store/work"), outside)) {
            repeat(() -> {
                try {
                    snapshotter.importLayer(new ByteArrayInputStream(archive), Optional.empty());
                } catch (IOException lost) {
                    // a directory was not there when it was needed
                }
            });
            swapper.assertSwapped();
        }
    }

    @Test
    void fillingACacheVolumeStaysInItsDirectory() throws Exception {
        SealedLayer layer = snapshotter.importLayer(new ByteArrayInputStream(archive()), Optional.empty());
        var seed = Optional.of(new CacheVolumes.Seed(snapshotter.tree(layer.on(Snapshot.EMPTY)), "/"));
        try (var swapper = new Swapper(root.resolve("store/work"), outside)) {
            repeat(() -> {
                Digest identity = Digest.of(UUID.randomUUID().toString());
                try {
                    snapshotter
                            .cacheVolumes()
                            .use(identity, "test", seed, Attributes.ofMode(0755))
                            .close();
                } catch (IOException lost) {
                    // a directory was not there when it was needed
                }
            });
            swapper.assertSwapped();
        }
    }

    private void change(Path top) throws IOException {
        Files.createDirectories(top.resolve("a/b/c"));
        for (int i = 0; i < 40; i++) {
            Files.writeString(top.resolve("a/b/c/f" + i), "inside");
            Files.writeString(top.resolve("a/b/f" + i), "inside");
        }
    }

    @Test
    void sealingReadsAndMarksOnlyWhatWasWritten() throws Exception {
        Snapshot base;
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            change(workspace.root());
            base = workspace.seal();
        }
        Digest secret = Digest.of(SECRET);
        try (var swapper = new Swapper(root.resolve("store/work"), outside)) {
            repeat(() -> {
                try (Workspace workspace = snapshotter.workspace(base)) {
                    swapper.pausedFor(() -> {
                        TreeRemoval.remove(workspace.root() + "/a");
                        change(workspace.root());
                    });
                    Tree tree = snapshotter.tree(workspace.seal());
                    tree.walk(
                            "",
                            PathFilter.ALL,
                            node -> assertThat(node.content()).isNotEqualTo(Optional.of(secret)));
                } catch (IOException lost) {
                    // a directory was not there when it was needed
                }
            });
            swapper.assertSwapped();
        }
    }

    @Test
    void readingALayerNeverReadsAnythingElse() throws Exception {
        SealedLayer layer = snapshotter.importLayer(new ByteArrayInputStream(archive()), Optional.empty());
        Tree tree = snapshotter.tree(layer.on(Snapshot.EMPTY));
        try (var swapper = new Swapper(root.resolve("store/layers"), outside)) {
            repeat(() -> {
                try (InputStream in = tree.open(tree.find("a/b/c/f0").orElseThrow())) {
                    assertThat(in.readAllBytes()).asString().isEqualTo("inside");
                } catch (IOException lost) {
                    // a directory was not there when it was needed
                }
            });
            swapper.assertSwapped();
        }
    }

    /** Makes a layer as an execution leaves it, a directory also where layers are images; many of its names are swapped. */
    private LayerId executed() throws IOException {
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            for (char name = 'a'; name < 'm'; name++) {
                Path below = Files.createDirectories(
                        workspace.root().resolve(String.valueOf(name)).resolve("b"));
                for (int i = 0; i < 10; i += 2) {
                    Files.writeString(below.resolve("f" + i), "inside");
                    Files.writeString(below.resolveSibling("f" + i), "inside");
                }
            }
            return workspace.seal().layers().getLast();
        }
    }

    @Test
    void imageOfADirectoryHoldsNothingElse() throws Exception {
        snapshotter.close();
        snapshotter = DiskSnapshotter.open(
                root.resolve("store"), DiskSnapshotter.Options.defaults().withForm(LayerForm.EROFS_FILE));
        Conversion conversion = snapshotter.conversion().orElseThrow();
        Deque<LayerId> made = new ArrayDeque<>(List.of(executed()));
        try (var swapper = new Swapper(root.resolve("store/layers"), outside)) {
            repeat(() -> {
                try {
                    assertThat(conversion.convert(made.getLast(), AtOnce.PACE)).isTrue();
                    made.addLast(executed());
                } catch (IOException lost) {
                    // a directory was not there when it was needed
                    assertThat(lost).message().doesNotContain("is not the file that was sealed");
                }
            });
            swapper.assertSwapped();
        }
        assertThat(conversion.convert(made.getLast(), AtOnce.PACE)).isTrue();
        for (LayerId layer : made) {
            Path image = root.resolve("store/layers").resolve(layer.value()).resolve("image.erofs");
            assertThat(Files.readString(image, StandardCharsets.ISO_8859_1))
                    .contains("inside")
                    .doesNotContain(SECRET);
        }
    }

    @Test
    void removalAndUsageStayInTheirDirectory() throws Exception {
        Path place = Files.createDirectories(root.resolve("place"));
        Files.write(outside.resolve("b/c/large"), new byte[8 << 20]);
        before = Listing.onDisk(outside);
        try (var swapper = new Swapper(place, outside)) {
            repeat(() -> {
                // made elsewhere, since the test itself follows links
                Path made = Files.createTempDirectory(root, "made");
                change(made);
                String moved = place.resolve(made.getFileName()).toString();
                LinuxFiles.rename(made.toString(), moved);
                try {
                    assertThat(DiskUsage.allocated(moved)).isLessThan(8 << 20);
                    TreeRemoval.remove(moved);
                } catch (IOException lost) {
                    // a directory was not there when it was needed
                }
            });
            swapper.assertSwapped();
        }
    }

    /** The thread that swaps: any directory named like those of the archive, wherever it is below a place. */
    private static final class Swapper implements AutoCloseable {
        private final Path place;
        private final Path target;
        private final Thread thread = new Thread(this::run, "swapper");
        private volatile boolean stopped;
        private final AtomicLong swaps = new AtomicLong();
        private final ReentrantLock swapping = new ReentrantLock();

        Swapper(Path place, Path target) {
            this.place = place;
            this.target = target;
            thread.start();
        }

        void assertSwapped() {
            assertThat(swaps.get()).as("directories swapped").isPositive();
        }

        /** Does what the test itself does by whole paths, which would follow the links. */
        void pausedFor(Attempt attempt) throws IOException {
            swapping.lock();
            try {
                attempt.run();
            } finally {
                swapping.unlock();
            }
        }

        private void run() {
            try (var scan = new DirectoryScan()) {
                while (!stopped) {
                    Deque<String> pending = new ArrayDeque<>(List.of(place.toString()));
                    while (!pending.isEmpty() && !stopped) {
                        look(scan, pending);
                    }
                }
            }
        }

        private void look(DirectoryScan scan, Deque<String> pending) {
            String directory = pending.removeLast();
            try {
                for (DirectoryScan.Entry entry : scan.list(directory)) {
                    if (entry.status().type() == NodeType.DIRECTORY) {
                        String path = directory + "/" + entry.name();
                        if (entry.name().length() == 1) {
                            swap(path);
                        }
                        pending.addLast(path);
                    }
                }
            } catch (IOException gone) {
                // the next one may be there
            }
        }

        private void swap(String path) throws IOException {
            String aside = path + "-aside";
            swapping.lock();
            try {
                LinuxFiles.rename(path, aside);
                try {
                    LinuxFiles.makeSymlink(path, target.toString());
                    Thread.onSpinWait();
                    LinuxFiles.unlink(path);
                    swaps.incrementAndGet();
                } finally {
                    LinuxFiles.rename(aside, path);
                }
            } finally {
                swapping.unlock();
            }
        }

        @Override
        public void close() {
            stopped = true;
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> !thread.isAlive());
        }
    }
}
