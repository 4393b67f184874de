package org.buildengine.snapshotter.conversion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.buildengine.snapshotter.AtOnce;
import org.buildengine.snapshotter.CachePolicy;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Listing;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.NamedResult;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.snapshotter.crash.StoreChecker;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.DiskUsage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Directories that become images while they are used, collected, and closed. */
class ConversionIT {
    private static final int FILES = 60;

    @TempDir
    Path root;

    private DiskSnapshotter snapshotter;
    private Owner owner;

    @BeforeEach
    void open() throws IOException {
        open(DiskSnapshotter.Options.defaults().withForm(LayerForm.EROFS_FILE));
    }

    private void open(DiskSnapshotter.Options options) throws IOException {
        snapshotter = DiskSnapshotter.open(root, options);
        owner = snapshotter.results().owner("test");
    }

    private void reopen(DiskSnapshotter.Options options) throws IOException {
        owner.close();
        snapshotter.close();
        open(options);
    }

    @AfterEach
    void close() throws Exception {
        WritePoint.listen(_ -> {});
        owner.close();
        snapshotter.close();
        assertThat(StoreChecker.afterClosing(root)).isEmpty();
    }

    private Snapshot executed(Snapshot base, String name) throws IOException {
        try (Workspace workspace = snapshotter.workspace(base)) {
            Path directory = Files.createDirectory(workspace.root().resolve(name));
            for (int i = 0; i < FILES; i++) {
                Files.writeString(directory.resolve("file" + i), name + i);
            }
            return workspace.seal();
        }
    }

    private Snapshot published(Snapshot base, String name) throws IOException {
        Snapshot output = executed(base, name);
        assertThat(snapshotter
                        .results()
                        .publish(NamedResult.of(name, output), owner)
                        .id())
                .isPositive();
        return output;
    }

    private boolean convert(Snapshot snapshot) throws IOException {
        return snapshotter.conversion().orElseThrow().convert(snapshot.layers().getLast(), AtOnce.PACE);
    }

    private Path place(Snapshot snapshot) {
        LayerId layer = snapshot.layers().getLast();
        return root.resolve("layers").resolve(layer.value());
    }

    private void assertDirectory(Snapshot snapshot) {
        assertThat(place(snapshot).resolve("fs")).isDirectory();
        assertThat(place(snapshot).resolve("image.erofs")).doesNotExist();
    }

    private void assertImage(Snapshot snapshot) {
        assertThat(place(snapshot).resolve("image.erofs")).isRegularFile();
        assertThat(place(snapshot).resolve("fs")).doesNotExist();
    }

    private List<Path> entries(String directory) throws IOException {
        try (Stream<Path> entries = Files.list(root.resolve(directory))) {
            return entries.toList();
        }
    }

    /** What the layers take, wherever they are. */
    private long onDisk() throws IOException {
        long bytes = 0;
        for (String directory : List.of("layers", "work", "trash")) {
            for (Path entry : entries(directory)) {
                bytes += DiskUsage.allocated(entry.toString());
            }
        }
        return bytes;
    }

    private long usage() throws IOException {
        return snapshotter.collector().usage().bytes();
    }

    private void awaitEmpty(String directory) {
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> entries(directory).isEmpty());
    }

    @Test
    void whatIsMountedKeepsTheDirectoryAndWhatIsMountedLaterGetsTheImage() throws Exception {
        Snapshot base = published(Snapshot.EMPTY, "base");
        Snapshot above = published(base, "above");
        Map<String, String> before;
        try (Workspace workspace = snapshotter.workspace(base)) {
            try (MountedSnapshot old = snapshotter.mount(above)) {
                before = Listing.onDisk(old.root());
                assertThat(convert(base)).isTrue();
                assertImage(base);
                assertThat(entries("work")).as("workspace and old directory").hasSize(2);
                assertThat(Listing.onDisk(old.root())).isEqualTo(before);
                try (MountedSnapshot young = snapshotter.mount(above)) {
                    assertThat(young.root()).isNotEqualTo(old.root());
                    assertThat(Listing.onDisk(young.root())).isEqualTo(before);
                }
                try (Stream<Path> mounted = Files.list(root.resolve("mnt"))) {
                    assertThat(mounted.filter(point ->
                                    Files.exists(point.resolve("base")) && !Files.exists(point.resolve("above"))))
                            .as("the image, mounted, and the workspace")
                            .hasSize(2);
                }
            }
            assertThat(entries("work")).hasSize(2);
            assertThat(usage())
                    .isEqualTo(
                            onDisk() - DiskUsage.allocated(workspaceDirectory().toString()));
            assertThat(Files.readString(workspace.root().resolve("base/file7"))).isEqualTo("base7");
            Files.writeString(workspace.root().resolve("base/file7"), "changed");
            assertThat(Files.readString(workspace.root().resolve("base/file7"))).isEqualTo("changed");
        }
        awaitEmpty("work");
        awaitEmpty("trash");
        assertThat(usage()).isEqualTo(onDisk());
        try (MountedSnapshot again = snapshotter.mount(above)) {
            assertThat(Listing.onDisk(again.root())).isEqualTo(before);
        }
    }

    private Path workspaceDirectory() throws IOException {
        return entries("work").stream()
                .filter(entry -> Files.exists(entry.resolve("upper")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void bytesOfTheDirectoryLeaveTheAccountsWhenTheyLeaveTheDisk() throws Exception {
        Snapshot output = published(Snapshot.EMPTY, "counted");
        long before = usage();
        var during = new ArrayList<Long>();
        WritePoint.listen(point -> {
            try {
                if (point == WritePoint.CONVERSION_SYNCHRONISED || point == WritePoint.CONVERSION_RETIRED) {
                    during.add(usage());
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        try (MountedSnapshot _ = snapshotter.mount(output)) {
            assertThat(convert(output)).isTrue();
            during.add(usage());
            assertThat(usage()).isEqualTo(onDisk());
        }
        awaitEmpty("trash");
        assertThat(during.getFirst()).isEqualTo(before);
        assertThat(during.get(1)).isGreaterThan(before);
        assertThat(usage()).isEqualTo(onDisk()).isLessThan(before);
        reopen(DiskSnapshotter.Options.defaults());
        assertThat(usage()).isEqualTo(onDisk());
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "CONVERSION_STAGED",
                "CONVERSION_FILLED",
                "CONVERSION_SYNCHRONISED",
                "CONVERSION_PLACED",
                "CONVERSION_DURABLE"
            })
    void collectorTakesALayerAtAnyMomentOfItsConversion(WritePoint moment) throws Exception {
        Snapshot output = published(Snapshot.EMPTY, "taken");
        Snapshot other = published(Snapshot.EMPTY, "other");
        owner.close();
        owner = snapshotter.results().owner("test");
        assertThat(owner.hold(snapshotter
                        .results()
                        .find(KeyKind.RECIPE, Digest.of("other"))
                        .orElseThrow()
                        .id()))
                .isTrue();
        WritePoint.listen(point -> {
            if (point == moment) {
                WritePoint.listen(_ -> {});
                try {
                    snapshotter.collector().prune(List.of(CachePolicy.everything("test")));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
        try (MountedSnapshot _ = snapshotter.mount(output)) {
            boolean placed = convert(output);
            assertThat(placed).isEqualTo(moment.compareTo(WritePoint.CONVERSION_PLACED) >= 0);
        } catch (IOException e) {
            assertThat(moment).as("nothing is there to be read").isEqualTo(WritePoint.CONVERSION_STAGED);
        }
        awaitEmpty("work");
        awaitEmpty("trash");
        assertThat(entries("layers")).containsExactly(place(other));
        assertThat(usage()).isEqualTo(onDisk());
    }

    @Test
    void nothingTakesThePlaceOfALayerAfterTheEnd() throws Exception {
        Snapshot output = published(Snapshot.EMPTY, "late");
        WritePoint.listen(point -> {
            if (point == WritePoint.CONVERSION_SYNCHRONISED) {
                snapshotter.conversion().orElseThrow().close();
            }
        });
        assertThat(convert(output)).isFalse();
        assertDirectory(output);
        assertThat(entries("work")).isEmpty();
    }

    @Test
    void fileThatIsNotWhatWasSealedKeepsTheDirectory() throws Exception {
        Snapshot output = published(Snapshot.EMPTY, "damaged");
        Files.writeString(place(output).resolve("fs/damaged/file7"), "damageD7");
        assertThatThrownBy(() -> convert(output))
                .isInstanceOf(IOException.class)
                .hasMessage("damaged/file7: is not the file that was sealed");
        assertDirectory(output);
        assertThat(entries("work")).isEmpty();
    }

    @Test
    void layersAreUsedWhileTheyBecomeImages() throws Exception {
        var outputs = new ArrayList<Snapshot>();
        Snapshot base = Snapshot.EMPTY;
        for (int i = 0; i < 12; i++) {
            base = published(base, "layer" + i);
            outputs.add(base);
        }
        var ended = new AtomicBoolean();
        long seed = System.nanoTime();
        try (var threads = Executors.newFixedThreadPool(3)) {
            var users = new ArrayList<Future<Integer>>();
            for (int i = 0; i < 3; i++) {
                var random = new Random(seed + i);
                Callable<Integer> user = () -> {
                    int used = 0;
                    while (!ended.get()) {
                        use(outputs, random);
                        used++;
                    }
                    return used;
                };
                users.add(threads.submit(user));
            }
            try {
                for (Snapshot output : outputs) {
                    assertThat(convert(output)).isTrue();
                }
            } finally {
                ended.set(true);
            }
            for (Future<Integer> user : users) {
                assertThat(user.get()).as("seed %d", seed).isPositive();
            }
        }
        outputs.forEach(this::assertImage);
        awaitEmpty("work");
        awaitEmpty("trash");
        assertThat(usage()).isEqualTo(onDisk());
    }

    private void use(List<Snapshot> outputs, Random random) throws IOException {
        int which = random.nextInt(outputs.size());
        String file = "layer" + random.nextInt(which + 1) + "/file" + random.nextInt(FILES);
        String content = file.replace("/file", "");
        Snapshot output = outputs.get(which);
        switch (random.nextInt(3)) {
            case 0 -> {
                try (MountedSnapshot mounted = snapshotter.mount(output)) {
                    assertThat(Files.readString(mounted.root().resolve(file))).isEqualTo(content);
                }
            }
            case 1 -> {
                try (Workspace workspace = snapshotter.workspace(output)) {
                    Path changed = workspace.root().resolve(file);
                    assertThat(Files.readString(changed)).isEqualTo(content);
                    Files.writeString(changed, "x");
                }
            }
            default -> {
                var tree = snapshotter.tree(output);
                try (var in = tree.open(tree.find(file).orElseThrow())) {
                    assertThat(in.readAllBytes()).asString().isEqualTo(content);
                }
            }
        }
    }

    private static DiskSnapshotter.Options eager() {
        return DiskSnapshotter.Options.defaults()
                .withConversion(new ConversionRules(Duration.ZERO, Duration.ZERO, Duration.ofMillis(5), FILES, 1000));
    }

    @Test
    void inTheBackgroundItStopsWhileOthersWork() throws Exception {
        Snapshot base = published(Snapshot.EMPTY, "base");
        var begun = new CountDownLatch(1);
        var working = new CountDownLatch(1);
        var filled = new CountDownLatch(1);
        WritePoint.listen(point -> {
            if (point == WritePoint.CONVERSION_STAGED) {
                begun.countDown();
                await(working);
            } else if (point == WritePoint.CONVERSION_FILLED) {
                filled.countDown();
            }
        });
        reopen(eager());
        owner.hold(snapshotter
                .results()
                .find(KeyKind.RECIPE, Digest.of("base"))
                .orElseThrow()
                .id());
        await(begun);
        try (Workspace workspace = snapshotter.workspace(base)) {
            working.countDown();
            for (int i = 0; i < 20; i++) {
                Files.writeString(workspace.root().resolve("work" + i), "x".repeat(100_000));
                try (MountedSnapshot mounted = snapshotter.mount(base)) {
                    assertThat(Listing.onDisk(mounted.root())).isNotEmpty();
                }
            }
            assertThat(filled.getCount()).as("stopped").isEqualTo(1);
            assertDirectory(base);
        }
        await(filled);
        Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> Files.exists(place(base).resolve("image.erofs")));
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whereImagesCannotBeMountedNothingIsConverted() throws Exception {
        reopen(DiskSnapshotter.Options.defaults().withForm(LayerForm.DIRECTORY));
        assertThat(snapshotter.conversion()).isEmpty();
    }
}
