package org.buildengine.snapshotter.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.NamedResult;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.snapshotter.layer.LayerForm;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk with space for bytes, and for few files: what makes names, directories and attributes finds it full. */
class ManyFilesIT {
    private static final int FILES = 1024;

    @TempDir
    Path temporary;

    private LoopDisk disk;
    private Path root;
    private DiskSnapshotter snapshotter;

    /** Else it would be mapped from the disk, which could not be unmounted then. */
    @BeforeAll
    static void loadTheNativeLibrary(@TempDir Path elsewhere) throws IOException {
        DiskSnapshotter.open(elsewhere, DiskSnapshotter.Options.defaults()).close();
    }

    @BeforeEach
    void open() throws Exception {
        Path file = temporary.resolve("disk");
        LoopDisk.format(file, 128 << 20, "-N", Integer.toString(FILES));
        disk = LoopDisk.mount(file, temporary.resolve("mounted"));
        root = disk.directory().resolve("root");
        snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults());
    }

    private void open(LayerForm form) throws IOException {
        snapshotter.close();
        snapshotter =
                DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults().withForm(form));
    }

    @AfterEach
    void close() throws Exception {
        try (LoopDisk _ = disk) {
            snapshotter.close();
            assertThat(StoreChecker.afterClosing(root)).isEmpty();
        }
    }

    /** A layer of about a hundred files of all kinds. */
    private Snapshot layer(String name) throws IOException {
        try (var layer = snapshotter.writeLayer("test")) {
            var noted = new Attributes(
                    0755, 0, 0, 0, Map.of("trusted.note", name.repeat(20).getBytes(StandardCharsets.US_ASCII)));
            for (int i = 0; i < 25; i++) {
                layer.directory("d" + i, noted);
                layer.file("d" + i + "/file", noted, 0).close();
                layer.symlink("d" + i + "/link", Attributes.ofMode(0777), "/" + "long".repeat(20));
                layer.special("d" + i + "/fifo", noted, NodeType.FIFO, 0, 0);
                layer.whiteout("d" + i + "/gone");
            }
            return Snapshot.EMPTY.plus(layer.seal().id());
        }
    }

    private void publish(String name, Snapshot output, Owner owner) throws IOException {
        assertThat(snapshotter
                        .results()
                        .publish(NamedResult.of(name, output), owner)
                        .id())
                .isPositive();
    }

    @ParameterizedTest
    @EnumSource(names = {"EROFS_FILE", "DIRECTORY"})
    void oldResultsGoWhenThereIsNoPlaceForMoreFiles(LayerForm form) throws Exception {
        open(form);
        int results = form.image() ? 500 : 30;
        for (int i = 0; i < results; i++) {
            publish("result " + i, layer("layer " + i), Owner.NONE);
        }
    }

    @Test
    void whatExecutionsLeaveFindsPlaceForItsFiles() throws Exception {
        open(LayerForm.DIRECTORY);
        try (Owner owner = snapshotter.results().owner("session")) {
            Snapshot base = layer("base");
            publish("base", base, owner);
            for (int i = 0; i < 12; i++) {
                try (Workspace workspace = snapshotter.workspace(base)) {
                    for (int removed = 0; removed < 25; removed++) {
                        Path directory = workspace.root().resolve("d" + removed);
                        for (String name : List.of("file", "link", "fifo")) {
                            Files.delete(directory.resolve(name));
                        }
                        Files.delete(directory);
                        Files.createDirectory(directory);
                        Files.createDirectory(directory.resolve("new"));
                    }
                    publish("step " + i, workspace.seal(), Owner.NONE);
                }
            }
        }
    }

    @Test
    void withNothingToRemoveItSaysThatThereAreTooManyFiles() throws Exception {
        open(LayerForm.DIRECTORY);
        var held = new ArrayList<Snapshot>();
        try (Owner owner = snapshotter.results().owner("session")) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 30; i++) {
                            Snapshot layer = layer("held " + i);
                            publish("held " + i, layer, owner);
                            held.add(layer);
                        }
                    })
                    .isInstanceOf(IOException.class)
                    .hasMessageMatching(
                            "(?s).*could not be written: .*No space left on device; .*[0-9,]+ of [0-9,]+ files"
                                    + " \\(inodes\\) are free at " + root
                                    + ", and the cache has nothing left that nobody uses; let other builds end, .*");
            assertThat(held).hasSizeBetween(5, 12);
            for (Snapshot layer : held) {
                assertThat(snapshotter.tree(layer).list("")).hasSize(25);
            }
        }
        publish("after", layer("after"), Owner.NONE);
    }
}
