package org.buildengine.snapshotter.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.KeyKind;
import org.buildengine.snapshotter.NamedResult;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.fault.WritePoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that fails: a file that has holes, on a file system that has no blocks to fill them with any more. Writes into the page
 * cache go on for a while, and then the kernel says "Input/output error", once.
 */
class BadDiskIT {
    @TempDir
    Path temporary;

    private Path below;
    private LoopDisk disk;
    private final List<String> logged = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger("org.buildengine.snapshotter.store.Epochs");
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            logged.add(java.text.MessageFormat.format(record.getMessage(), record.getParameters()));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    /** Else it would be mapped from the disk, which could not be unmounted then. */
    @BeforeAll
    static void loadTheNativeLibrary(@TempDir Path elsewhere) throws IOException {
        DiskSnapshotter.open(elsewhere, DiskSnapshotter.Options.defaults()).close();
    }

    @BeforeEach
    void mount() throws Exception {
        below = Files.createDirectory(temporary.resolve("below"));
        LoopDisk.run("mount", "-t", "tmpfs", "-o", "size=48m", "none", below.toString());
        LoopDisk.format(below.resolve("disk"), 128 << 20);
        disk = LoopDisk.mount(below.resolve("disk"), temporary.resolve("mounted"));
        logger.addHandler(handler);
    }

    @AfterEach
    void unmount() throws Exception {
        logger.removeHandler(handler);
        notes().forEach(note -> assertThat(note.toFile().delete()).isTrue());
        WritePoint.listen(_ -> {});
        try (LoopDisk _ = disk) {
            logged.clear();
        } finally {
            LoopDisk.run("umount", below.toString());
        }
    }

    /** What the machine was told to remember of this disk. */
    private List<Path> notes() throws IOException {
        var notes = new ArrayList<Path>();
        try (var found = Files.newDirectoryStream(Path.of("/run"), "build-engine-*.disk-failed")) {
            for (Path note : found) {
                if (Files.readString(note).contains(temporary.toString())) {
                    notes.add(note);
                }
            }
        }
        return notes;
    }

    private static void publish(DiskSnapshotter snapshotter, String name, int length) throws IOException {
        Snapshot output;
        try (var layer = snapshotter.writeLayer("test")) {
            try (OutputStream file = layer.file("file", Attributes.ofMode(0644), length)) {
                byte[] ones = new byte[length];
                Arrays.fill(ones, (byte) 1);
                file.write(ones);
            }
            output = Snapshot.EMPTY.plus(layer.seal().id());
        }
        assertThat(snapshotter
                        .results()
                        .publish(NamedResult.of(name, output), Owner.NONE)
                        .id())
                .isPositive();
    }

    private static boolean has(DiskSnapshotter snapshotter, String name) {
        return snapshotter.results().find(KeyKind.RECIPE, Digest.of(name)).isPresent();
    }

    @Test
    void nothingCountsAsDurableAfterTheDiskDidNotTakeIt() throws Exception {
        Path root = disk.directory().resolve("root");
        var durable = new CopyOnWriteArrayList<WritePoint>();
        WritePoint.listen(point -> {
            if (point == WritePoint.EPOCH_DURABLE) {
                durable.add(point);
            }
        });
        var options = DiskSnapshotter.Options.defaults().withEpochInterval(Duration.ofMillis(200));
        try (var snapshotter = DiskSnapshotter.open(root, options)) {
            publish(snapshotter, "before", 1000);
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !durable.isEmpty());

            takeAllBlocks(below.resolve("filler"));
            publish(snapshotter, "after", 10 << 20);
            Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !logged.isEmpty());
            assertThat(logged.getFirst())
                    .contains("the disk did not take all that was written to " + root)
                    .containsPattern("syncfs: (Input/output error|No space left on device|Read-only file system)")
                    .contains("look into the log of the kernel");
            int then = durable.size();
            // The kernel has made the file system read-only: nothing can be added, and what is there is still found.
            assertThatThrownBy(() -> publish(snapshotter, "later", 1000))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Read-only file system");
            assertThat(has(snapshotter, "before")).isTrue();
            assertThat(durable).hasSize(then);
        }
        disk.close();
        Files.delete(below.resolve("filler"));

        // In the same run of the kernel, which has forgotten it; and nothing could be written to that disk any more.
        disk = LoopDisk.mount(below.resolve("disk"), temporary.resolve("mounted"));
        try (var snapshotter = DiskSnapshotter.open(root, options)) {
            assertThat(has(snapshotter, "before")).isTrue();
            assertThat(has(snapshotter, "after")).isFalse();
            publish(snapshotter, "after", 10 << 20);
        }
        assertThat(StoreChecker.afterClosing(root)).isEmpty();
        try (var snapshotter = DiskSnapshotter.open(root, options)) {
            assertThat(has(snapshotter, "after")).isTrue();
        }
    }

    /** Here the disk goes on to take writes, and somebody else was told of the failure before we ask. */
    @Test
    void failureThatAnotherProcessWasToldOfIsNotForgotten() throws Exception {
        disk.close();
        LoopDisk.format(below.resolve("disk"), 128 << 20, "-O", "^has_journal");
        disk = LoopDisk.mount(below.resolve("disk"), temporary.resolve("mounted"));
        Path root = disk.directory().resolve("root");
        var options = DiskSnapshotter.Options.defaults().withEpochInterval(Duration.ofHours(1));
        try (var snapshotter = DiskSnapshotter.open(root, options)) {
            takeAllBlocks(below.resolve("filler"));
            publish(snapshotter, "after", 10 << 20);
            assertThatThrownBy(() -> LoopDisk.run("sync", "-f", disk.directory().toString()))
                    .hasMessageContaining("error syncing");
            Files.delete(below.resolve("filler"));
            assertThat(logged).isEmpty();
        }
        assertThat(logged).singleElement().asString().contains("the disk did not take all that was written to " + root);

        try (var snapshotter = DiskSnapshotter.open(root, options)) {
            assertThat(has(snapshotter, "after")).isFalse();
            publish(snapshotter, "after", 10 << 20);
        }
        assertThat(StoreChecker.afterClosing(root)).isEmpty();
    }

    private static void takeAllBlocks(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(new byte[1 << 16]);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left on device");
        }
    }
}
