package org.buildengine.snapshotter.crash;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.buildengine.snapshotter.AtOnce;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.NamedResult;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.snapshotter.layer.LayerForm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A store on a disk of 64 MB: as long as there is something that nobody uses, nothing fails; else it says what to do. */
class FullDiskIT {
    private static final int MEGABYTE = 1 << 20;
    private static final long DISK = 64 * MEGABYTE;

    @TempDir
    Path temporary;

    private LoopDisk disk;
    private Path root;
    private DiskSnapshotter snapshotter;

    /** Else it would be mapped from the first disk, which could not be unmounted then. */
    @BeforeAll
    static void loadTheNativeLibrary(@TempDir Path elsewhere) throws IOException {
        DiskSnapshotter.open(elsewhere, DiskSnapshotter.Options.defaults()).close();
    }

    @BeforeEach
    void open() throws Exception {
        Path file = temporary.resolve("disk");
        LoopDisk.format(file, DISK);
        disk = LoopDisk.mount(file, temporary.resolve("mounted"));
        root = disk.directory().resolve("root");
        snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults());
    }

    @AfterEach
    void close() throws Exception {
        try (LoopDisk _ = disk) {
            snapshotter.close();
            assertThat(StoreChecker.afterClosing(root)).isEmpty();
        }
    }

    private static byte[] bytes(String name, int length) {
        byte[] bytes = new byte[length];
        byte[] letters = name.getBytes(US_ASCII);
        for (int i = 0; i < length; i++) {
            bytes[i] = letters[i % letters.length];
        }
        return bytes;
    }

    private Snapshot layer(String name, int length) throws IOException {
        try (var layer = snapshotter.writeLayer("test")) {
            try (OutputStream file = layer.file("file", Attributes.ofMode(0644), length)) {
                file.write(bytes(name, length));
            }
            return Snapshot.EMPTY.plus(layer.seal().id());
        }
    }

    private Digest blob(String name, int length) throws IOException {
        try (var ingest = snapshotter.blobs().ingest(Optional.empty())) {
            ingest.stream().write(bytes(name, length));
            return ingest.commit();
        }
    }

    private StoredResult publish(String name, Snapshot output, Set<Digest> blobs, Owner owner) throws IOException {
        return snapshotter.results().publish(NamedResult.of(name, blobs, output), owner);
    }

    private StoredResult publish(String name, int length, Owner owner) throws IOException {
        return publish(name, layer(name, length), Set.of(), owner);
    }

    private void holds(StoredResult result, String name, int length) throws IOException {
        var tree = snapshotter.tree(result.outputs().getFirst());
        try (var file = tree.open(tree.find("file").orElseThrow())) {
            assertThat(Arrays.equals(file.readAllBytes(), bytes(name, length)))
                    .as(name)
                    .isTrue();
        }
    }

    @Test
    void twiceTheDiskIsWrittenAsOldResultsGo() throws Exception {
        for (int i = 0; i < 14; i++) {
            String name = "layer " + i;
            publish(name, 8 * MEGABYTE, Owner.NONE);
            String blob = "blob " + i;
            publish(blob, Snapshot.EMPTY, Set.of(blob(blob, MEGABYTE)), Owner.NONE);
        }
        // One that is larger than all that is left by the writers before it.
        try (Owner owner = snapshotter.results().owner("session")) {
            holds(publish("large", 34 * MEGABYTE, owner), "large", 34 * MEGABYTE);
            publish("large blob", Snapshot.EMPTY, Set.of(blob("b", 5 * MEGABYTE)), owner);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withNothingToRemoveItSaysWhatToDoAndGoesOnOnceSomethingCanGo(boolean image) throws Exception {
        if (!image) {
            snapshotter.close();
            snapshotter = DiskSnapshotter.open(
                    root, DiskSnapshotter.Options.defaults().withForm(LayerForm.DIRECTORY));
        }
        var held = new ArrayList<StoredResult>();
        try (Owner owner = snapshotter.results().owner("session")) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 20; i++) {
                            held.add(publish("held " + i, 5 * MEGABYTE, owner));
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("could not be written: No space left on device; ")
                    .hasMessageMatching("(?s).* [0-9,]+ of [0-9,]+ bytes are free at " + root
                            + ", and the cache has nothing left that nobody uses; .*let other builds end.*");
            assertThat(held).hasSizeBetween(8, 14);
            assertThatThrownBy(() -> blob("too large", 12 * MEGABYTE))
                    .hasMessageContaining("a blob below " + root + " could not be written: No space left on device; ");
            for (int i = 0; i < held.size(); i++) {
                holds(held.get(i), "held " + i, 5 * MEGABYTE);
            }
            // What needs little still works, and so does what makes room for it.
            publish("small", 1000, Owner.NONE);
        }
        publish("after", 20 * MEGABYTE, Owner.NONE);
    }

    @Test
    void diskThatOthersFillIsAClearErrorAndNothingIsLost() throws Exception {
        try (Owner owner = snapshotter.results().owner("session")) {
            StoredResult before = publish("before", MEGABYTE, owner);
            Path filler = disk.directory().resolve("filler");
            fill(filler);
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            publish("more " + i, 10_000, owner);
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("No space left on device");
            holds(before, "before", MEGABYTE);
            Files.delete(filler);
            // Without a restart.
            holds(publish("again", 10 * MEGABYTE, owner), "again", 10 * MEGABYTE);
            assertThat(snapshotter.results().find(KeyKind.RECIPE, Digest.of("again")))
                    .isPresent();
        }
    }

    /** A step that writes until the disk is full, and an engine that is killed then. */
    @ParameterizedTest
    @ValueSource(strings = {"work", "trash"})
    void storeOpensThoughWhatTheLastRunLeftFillsTheDisk(String directory) throws Exception {
        publish("before", MEGABYTE, Owner.NONE);
        snapshotter.close();
        Path upper = Files.createDirectories(root.resolve(directory).resolve("leftover/upper"));
        fill(upper.resolve("file"));

        snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults());

        assertThat(root.resolve(directory)).isEmptyDirectory();
        StoredResult before =
                snapshotter.results().find(KeyKind.RECIPE, Digest.of("before")).orElseThrow();
        holds(before, "before", MEGABYTE);
    }

    @Test
    void storeOpensOnADiskThatOthersFilled() throws Exception {
        publish("before", MEGABYTE, Owner.NONE);
        snapshotter.close();
        fill(disk.directory().resolve("filler"));

        snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults());

        StoredResult before =
                snapshotter.results().find(KeyKind.RECIPE, Digest.of("before")).orElseThrow();
        holds(before, "before", MEGABYTE);
    }

    @Test
    void storeThatHasNoPlaceToOpenSaysWhereAndHowMuchIsFree() throws Exception {
        fill(disk.directory().resolve("filler"));
        Path other = disk.directory().resolve("other/root");
        assertThatThrownBy(() -> DiskSnapshotter.open(other, DiskSnapshotter.Options.defaults()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("No space left on device")
                .hasMessageMatching("(?s).*; [0-9,]+ of [0-9,]+ bytes are free at " + disk.directory()
                        + "\\S*: free some space there, or make that file system larger");
    }

    @Test
    void whatGoesNeedsNoPlaceForItsNameInTheTrash() throws Exception {
        publish("old", 8 * MEGABYTE, Owner.NONE);
        // In one block of 1024 bytes there is place for 22 names of this length.
        for (int i = 0; i < 22; i++) {
            Files.createFile(root.resolve("trash").resolve(UUID.randomUUID().toString()));
        }
        fill(disk.directory().resolve("filler"));
        try (Owner owner = snapshotter.results().owner("session")) {
            holds(publish("new", MEGABYTE, owner), "new", MEGABYTE);
        }
    }

    @Test
    void nothingGoesForAnImageThatNobodyWaitsFor() throws Exception {
        publish("old", MEGABYTE, Owner.NONE);
        Snapshot executed;
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            Files.write(workspace.root().resolve("file"), bytes("executed", 8 * MEGABYTE));
            executed = workspace.seal();
        }
        try (Owner owner = snapshotter.results().owner("session")) {
            StoredResult result = publish("executed", executed, Set.of(), owner);
            Path filler = disk.directory().resolve("filler");
            fill(filler);
            try (var channel = FileChannel.open(filler, StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() - 2 * MEGABYTE);
            }
            assertThatThrownBy(() -> snapshotter
                            .conversion()
                            .orElseThrow()
                            .convert(executed.layers().getLast(), AtOnce.PACE))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("No space left on device")
                    .hasMessageContaining("nothing is removed for what nobody waits for");
            try (var left = Files.list(root.resolve("work"))) {
                assertThat(left).isEmpty();
            }
            assertThat(snapshotter.results().find(KeyKind.RECIPE, Digest.of("old")))
                    .isPresent();
            holds(result, "executed", 8 * MEGABYTE);
        }
    }

    private static void fill(Path file) throws IOException {
        byte[] zeros = new byte[4096];
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
            while (true) {
                out.write(zeros);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left on device");
        }
    }

    @Test
    void roomIsKeptFreeForExecutionsWhichCannotWait() throws Exception {
        for (int i = 0; i < 10; i++) {
            publish("old " + i, 5 * MEGABYTE, Owner.NONE);
        }
        try (Owner owner = snapshotter.results().owner("session");
                Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            for (int i = 0; i < 30; i++) {
                Files.write(workspace.root().resolve("file" + i), bytes("x", MEGABYTE));
                Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> disk.free() > 3 * MEGABYTE);
            }
            publish("executed", workspace.seal(), Set.of(), owner);
        }
    }
}
