package org.buildengine.snapshotter.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.CacheVolumes;
import org.buildengine.snapshotter.CacheVolumes.Seed;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.Room;
import org.buildengine.snapshotter.store.Store;
import org.buildengine.snapshotter.store.StoreLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskCacheVolumesTest {
    private static final Digest IDENTITY = Digest.of("volume");

    @TempDir
    Path root;

    private Store store;
    private DiskCacheVolumes volumes;
    private Attributes mine;

    @BeforeEach
    void open() throws IOException {
        StoreLayout layout = StoreLayout.create(root);
        try (Store.Locked locked = Store.lock(layout)) {
            store = locked.open(
                    new Store.Settings(LayerForm.DIRECTORY, "boot", Duration.ofHours(1), InstantSource.system()));
        }
        volumes = new DiskCacheVolumes(layout, store.trash(), store.volumes(), Room.NONE, store.delays());
        FileStatus own = LinuxFiles.status(root.toString());
        mine = Attributes.ofMode(0755).withOwner(own.uid(), own.gid());
    }

    @AfterEach
    void close() {
        store.close();
    }

    private Path use(Digest identity, Optional<Seed> seed, Attributes owner) throws IOException {
        return volumes.use(identity, "cache volume at /cache", seed, owner).directory();
    }

    private List<DiskCacheVolumes.Listed> list() throws IOException {
        return NativeThreads.run(() -> volumes.list());
    }

    /** A tree of the nodes given; each read of it is counted, and it fails if asked to. */
    private static final class ListedTree implements Tree {
        private final List<Node> nodes;
        private final AtomicInteger walks = new AtomicInteger();
        private final boolean broken;

        ListedTree(boolean broken, Node... nodes) {
            this.broken = broken;
            this.nodes = List.of(nodes);
        }

        @Override
        public void walk(String path, PathFilter filter, Visitor visitor) throws TreeException, IOException {
            walks.incrementAndGet();
            if (path.equals("missing")) {
                throw new TreeException(TreeException.Code.NOT_FOUND, path);
            }
            for (Node node : nodes) {
                visitor.visit(node);
            }
            if (broken) {
                throw new IOException("no more nodes");
            }
        }

        @Override
        public InputStream open(Node file) {
            return new ByteArrayInputStream(("content of " + file.path()).getBytes(UTF_8));
        }

        @Override
        public Snapshot snapshot() {
            return Snapshot.EMPTY;
        }

        @Override
        public Optional<Node> find(String path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<Node> resolve(String path, boolean followLast) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Node> list(String path) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Digest digest(String path, PathFilter filter) {
            throw new UnsupportedOperationException();
        }
    }

    private Node node(NodeType type, String path, int mode) {
        Optional<String> target = type == NodeType.SYMLINK ? Optional.of("some/where") : Optional.empty();
        var attributes = new Attributes(mode, mine.uid(), mine.gid(), 1_000_000_000L, Map.of());
        return new Node(path, type, attributes, 0, target, Optional.empty(), 0, 0);
    }

    private ListedTree tree(boolean broken) {
        return new ListedTree(
                broken,
                node(NodeType.DIRECTORY, "srv/cache/dir", 0500),
                node(NodeType.FILE, "srv/cache/dir/file", 0640),
                node(NodeType.SYMLINK, "srv/cache/link", 0777),
                node(NodeType.FIFO, "srv/cache/pipe", 0600));
    }

    @Test
    void newVolumeStartsWithItsSeedAndItsOwner() throws IOException {
        Path volume = use(IDENTITY, Optional.of(new Seed(tree(false), "/srv/cache")), mine.withMode(01777));
        assertThat(LinuxFiles.status(volume.toString()).mode()).isEqualTo(01777);
        assertThat(volume.resolve("dir/file")).hasContent("content of srv/cache/dir/file");
        FileStatus directory = LinuxFiles.status(volume.resolve("dir").toString());
        assertThat(directory.mode()).isEqualTo(0500);
        assertThat(directory.mtimeNanos()).isEqualTo(1_000_000_000L);
        assertThat(LinuxFiles.status(volume.resolve("dir/file").toString()).mode())
                .isEqualTo(0640);
        assertThat(Files.readSymbolicLink(volume.resolve("link"))).isEqualTo(Path.of("some/where"));
        assertThat(LinuxFiles.status(volume.resolve("pipe").toString()).type()).isEqualTo(NodeType.FIFO);
    }

    @Test
    void seedMayHaveNamesThatAreNoText() throws IOException {
        String odd = "odd-\udcff\udcfe";
        var tree = new ListedTree(
                false,
                node(NodeType.DIRECTORY, "srv/" + odd, 0755),
                node(NodeType.FILE, "srv/" + odd + "/" + odd, 0640));
        Path volume = use(IDENTITY, Optional.of(new Seed(tree, "srv")), mine);
        FileStatus file = LinuxFiles.status(volume + "/" + odd + "/" + odd);
        assertThat(file.mode()).isEqualTo(0640);
        assertThat(file.size()).isEqualTo(("content of srv/" + odd + "/" + odd).getBytes(UTF_8).length);
        assertThat(root.resolve("work")).isEmptyDirectory();
    }

    @Test
    void volumeKeepsWhatWasWrittenAndIsSeededOnce() throws IOException {
        ListedTree seed = tree(false);
        Path volume = use(IDENTITY, Optional.of(new Seed(seed, "srv/cache")), mine);
        Files.writeString(volume.resolve("own"), "x");
        close();
        open();
        assertThat(use(IDENTITY, Optional.of(new Seed(seed, "srv/cache")), mine))
                .isEqualTo(volume);
        assertThat(volume.resolve("own")).hasContent("x");
        assertThat(seed.walks).hasValue(1);
        assertThat(use(Digest.of("other"), Optional.empty(), mine)).isNotEqualTo(volume);
    }

    /** Somebody comes for the volume while another one is at that place. */
    private void comesAt(WritePoint place, Callable<?> another, String state) throws Exception {
        var reached = new CountDownLatch(1);
        var goesOn = new CountDownLatch(1);
        WritePoint.listen(point -> {
            if (point == place) {
                reached.countDown();
                await(goesOn);
            }
        });
        try {
            var first = new FutureTask<>(another);
            Thread.ofVirtual().start(first);
            reached.await();
            Waiter step = new Waiter() {};
            var second = new FutureTask<>(() -> step.calls(() -> use(IDENTITY, Optional.empty(), mine)));
            Thread.ofVirtual().start(second);
            Awaitility.await().until(() -> !store.delays().now().isEmpty());
            assertThat(store.delays().now()).singleElement().satisfies(delay -> {
                assertThat(delay.waiter()).containsSame(step);
                assertThat(delay.cause()).isEqualTo(Delay.Cause.VOLUME);
                assertThat(delay.detail()).isEqualTo(IDENTITY.hex().substring(0, 8) + ", which is being " + state);
                assertThat(delay.left().orElseThrow()).isBetween(Duration.ofMinutes(29), Duration.ofMinutes(30));
            });
            goesOn.countDown();
            first.get();
            assertThat(second.get()).isDirectory();
            assertThat(store.delays().now()).isEmpty();
        } finally {
            goesOn.countDown();
            WritePoint.listen(_ -> {});
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whoWaitsForAVolumeThatIsBeingFilledOrRemovedIsNamed() throws Exception {
        comesAt(WritePoint.VOLUME_DRAFTED, () -> use(IDENTITY, Optional.empty(), mine), "filled");
        close();
        open();
        comesAt(WritePoint.VOLUME_FORGOTTEN, () -> volumes.remove(IDENTITY), "removed");
    }

    @Test
    void firstUseByManyMakesOneVolume() throws Exception {
        ListedTree seed = tree(false);
        var uses = new ArrayList<Callable<Path>>();
        for (int i = 0; i < 30; i++) {
            uses.add(() -> use(IDENTITY, Optional.of(new Seed(seed, "srv/cache")), mine));
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var use : threads.invokeAll(uses)) {
                assertThat(use.get().resolve("dir/file")).isRegularFile();
            }
        }
        assertThat(seed.walks).hasValue(1);
        assertThat(root.resolve("caches").toFile().list()).hasSize(1);
    }

    @Test
    void seedThatBreaksOffLeavesNoVolumeAndTheNextUseTriesAgain() throws IOException {
        var broken = Optional.of(new Seed(tree(true), "srv/cache"));
        assertThatThrownBy(() -> use(IDENTITY, broken, mine))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no more nodes");
        assertThat(root.resolve("caches")).isEmptyDirectory();
        assertThat(root.resolve("work")).isEmptyDirectory();
        assertThat(use(IDENTITY, Optional.of(new Seed(tree(false), "srv/cache")), mine))
                .isDirectory();
    }

    @Test
    void seedThatDoesNotExistIsAnEmptyOne() throws IOException {
        assertThat(use(IDENTITY, Optional.of(new Seed(tree(false), "missing")), mine))
                .isEmptyDirectory();
    }

    @Test
    void listingSaysWhatAVolumeTakesAndWhoUsesIt() throws IOException {
        CacheVolumes.Volume one = volumes.use(IDENTITY, "first use", Optional.empty(), mine);
        try (CacheVolumes.Volume two = volumes.use(IDENTITY, "cache volume at /cache", Optional.empty(), mine)) {
            Files.write(one.directory().resolve("data"), new byte[100_000]);
            one.close();
            one.close();
            assertThat(list()).singleElement().satisfies(listed -> {
                assertThat(listed.identity()).isEqualTo(IDENTITY);
                assertThat(listed.bytes()).isBetween(100_000L, 120_000L);
                assertThat(listed.facts().description()).isEqualTo("cache volume at /cache");
                assertThat(listed.facts().lastUsed()).isAfter(Instant.EPOCH);
                assertThat(listed.inUse()).isTrue();
            });
            assertThat(two.directory()).isDirectory();
        }
        close();
        open();
        assertThat(list()).singleElement().satisfies(listed -> {
            assertThat(listed.facts().description()).isEqualTo("cache volume at /cache");
            assertThat(listed.facts().uses()).isEqualTo(2);
            assertThat(listed.inUse()).isFalse();
        });
    }

    @Test
    void sizeIsThatOfTheLastUse() throws IOException {
        use(Digest.of("other"), Optional.empty(), mine);
        for (int size : List.of(10_000, 200_000)) {
            try (CacheVolumes.Volume volume = volumes.use(IDENTITY, "", Optional.empty(), mine)) {
                Files.write(volume.directory().resolve("data"), new byte[size]);
                assertThat(bytes()).isBetween((long) size, size + 20_000L);
                Files.write(volume.directory().resolve("data"), new byte[2 * size]);
            }
            assertThat(bytes()).isBetween(2L * size, 2L * size + 20_000);
            assertThat(bytes()).isBetween(2L * size, 2L * size + 20_000);
        }
    }

    private long bytes() throws IOException {
        return list().stream()
                .filter(listed -> listed.identity().equals(IDENTITY))
                .mapToLong(DiskCacheVolumes.Listed::bytes)
                .sum();
    }

    @Test
    void volumeIsRemovedOnlyWhileNobodyUsesIt() throws IOException {
        try (CacheVolumes.Volume volume = volumes.use(IDENTITY, "", Optional.empty(), mine)) {
            Files.writeString(volume.directory().resolve("own"), "x");
            assertThat(volumes.remove(IDENTITY)).isFalse();
            assertThat(volume.directory().resolve("own")).hasContent("x");
        }
        assertThat(volumes.remove(IDENTITY)).isTrue();
        assertThat(list()).isEmpty();
        assertThat(use(IDENTITY, Optional.empty(), mine)).isEmptyDirectory();
    }

    @Test
    void whatIsNoVolumeIsLeftAlone() throws IOException {
        volumes.use(IDENTITY, "", Optional.empty(), mine).close();
        Path caches = StoreLayout.create(root).caches();
        Path upper = caches.resolve(IDENTITY.hex().toUpperCase(Locale.ROOT));
        Path foreign = caches.resolve("lost+found");
        Files.createDirectories(upper);
        Files.createDirectories(foreign);

        assertThat(list()).singleElement().matches(volume -> volume.identity().equals(IDENTITY));
        assertThat(volumes.remove(IDENTITY)).isTrue();
        assertThat(list()).isEmpty();
        assertThat(upper).isDirectory();
        assertThat(foreign).isDirectory();
    }

    @Test
    void usersAndRemovalsAtOnceNeverMeet() throws Exception {
        var uses = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < 200; i++) {
            boolean removes = i % 2 == 0;
            uses.add(() -> {
                if (removes) {
                    return volumes.remove(IDENTITY);
                }
                try (CacheVolumes.Volume volume = volumes.use(IDENTITY, "", Optional.empty(), mine)) {
                    Path file = volume.directory().resolve(UUID.randomUUID().toString());
                    Files.writeString(file, "x");
                    Thread.sleep(1);
                    return Files.exists(file);
                }
            });
        }
        int kept = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = threads.invokeAll(uses);
            for (int i = 1; i < results.size(); i += 2) {
                kept += results.get(i).get() ? 1 : 0;
            }
        }
        assertThat(kept).isEqualTo(100);
    }
}
