package org.buildengine.snapshotter.property;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.buildengine.snapshotter.AtOnce;
import org.buildengine.snapshotter.DiskSnapshotter;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.Listing;
import org.buildengine.snapshotter.MountedSnapshot;
import org.buildengine.snapshotter.PackOptions;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.SealedLayer;
import org.buildengine.snapshotter.Snapshot;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.Workspace;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.TreeRemoval;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What holds for all layers (P8 to P10 of the architecture), against GNU tar on a plain directory, the kernel's overlay
 * and EROFS, and {@code fsck.erofs}.
 */
class LayerPropertiesIT {
    private static final PathFilter SOME = new PathFilter() {
        @Override
        public boolean includes(String path, boolean directory) {
            return path.hashCode() % 2 == 0;
        }

        @Override
        public boolean mayIncludeBelow(String path) {
            return true;
        }
    };

    @TempDir
    Path root;

    private int cases;

    private DiskSnapshotter open(LayerForm form) throws IOException {
        return DiskSnapshotter.open(
                root.resolve("store"), DiskSnapshotter.Options.defaults().withForm(form));
    }

    @ParameterizedTest
    @EnumSource
    void stackedLayersAreTheirArchivesUnpackedInOrder(LayerForm form) throws IOException {
        try (DiskSnapshotter snapshotter = open(form)) {
            Function<Random, Archives> generator = random -> Archives.of(random).withoutDefaultAcls();
            new Property<>(generator, Archives::smaller, archives -> {
                        Map<String, String> unpacked = unpackedInOrder(archives);
                        Snapshot stacked = snapshotter.stack(imported(snapshotter, archives));
                        assertThat(Listing.inTree(snapshotter.tree(stacked), false))
                                .as("what the index says")
                                .isEqualTo(unpacked);
                        assertShown(snapshotter, stacked, true);
                        checkImages(stacked);
                    })
                    .holds();
        }
    }

    private static List<Snapshot> imported(DiskSnapshotter snapshotter, Archives archives) throws IOException {
        var layers = new ArrayList<Snapshot>();
        for (Archive archive : archives.lowestFirst()) {
            layers.add(snapshotter
                    .importLayer(new ByteArrayInputStream(archive.bytes()), Optional.empty())
                    .on(Snapshot.EMPTY));
        }
        return layers;
    }

    private static Snapshot stacked(DiskSnapshotter snapshotter, List<Snapshot> layers)
            throws IOException, Property.Discarded {
        try {
            return snapshotter.stack(layers);
        } catch (TreeException e) {
            throw new Property.Discarded("links lead nowhere: " + e.getMessage());
        }
    }

    @Test
    void stackingIsAssociative() throws IOException {
        try (DiskSnapshotter snapshotter = open(LayerForm.EROFS_FILE)) {
            new Property<>(Archives::of, Archives::smaller, archives -> {
                        List<Snapshot> layers = imported(snapshotter, archives);
                        Snapshot whole = stacked(snapshotter, layers);
                        for (int i = 1; i < layers.size(); i++) {
                            Snapshot lower = stacked(snapshotter, layers.subList(0, i));
                            Snapshot upper = stacked(snapshotter, layers.subList(i, layers.size()));
                            Snapshot both = stacked(snapshotter, List.of(lower, upper));
                            assertThat(Listing.inTree(snapshotter.tree(both), false))
                                    .as("the first %s, then the others", i)
                                    .isEqualTo(Listing.inTree(snapshotter.tree(whole), false));
                        }
                    })
                    .holds();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EROFS_FILE", "DIRECTORY"})
    void manyLayersShowWhatTheirIndexesSay(LayerForm form) throws IOException {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot many = Snapshot.EMPTY;
            for (int i = 0; i < 128; i++) {
                many = many.plus(imported(snapshotter, new Archives(List.of(Archive.ofFile("many-" + i))))
                        .getFirst());
            }
            List<LayerId> between = many.layers();
            new Property<>(Archives::of, Archives::smaller, archives -> {
                        List<Snapshot> layers = imported(snapshotter, archives);
                        var list = new ArrayList<LayerId>(between);
                        for (int i = 0; i < layers.size(); i++) {
                            list.addAll(20 * i + i % 3, layers.get(i).layers());
                        }
                        assertShown(snapshotter, new Snapshot(list), true);
                    })
                    .holds();
        }
    }

    @ParameterizedTest
    @EnumSource
    void sealedWorkspaceIsWhatItShowed(LayerForm form) throws IOException {
        try (DiskSnapshotter snapshotter = open(form)) {
            new Property<>(Changes::of, Changes::smaller, changes -> {
                        Snapshot snapshot = Snapshot.EMPTY;
                        for (List<Changes.Change> step : changes.steps()) {
                            snapshot = sealed(snapshotter, snapshot, step);
                        }
                    })
                    .holds();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EROFS_FILE", "EROFS_LOOP"})
    void imageMadeOfWhatAnExecutionLeftIsTheSameTree(LayerForm form) throws IOException {
        try (DiskSnapshotter snapshotter = open(form)) {
            new Property<>(Changes::of, Changes::smaller, changes -> {
                        Snapshot snapshot = Snapshot.EMPTY;
                        for (List<Changes.Change> step : changes.steps()) {
                            Snapshot above = sealed(snapshotter, snapshot, step);
                            if (!above.equals(snapshot)) {
                                assertConverted(snapshotter, above);
                            }
                            snapshot = above;
                        }
                    })
                    .holds();
        }
    }

    /** Compares all that the kernel, the index, an archive and the digests say of a layer before and after. */
    private void assertConverted(DiskSnapshotter snapshotter, Snapshot above) throws Exception {
        LayerId layer = above.layers().getLast();
        Snapshot alone = Snapshot.EMPTY.plus(layer);
        Path directory = root.resolve("store/layers/" + layer);
        Map<String, String> before = shown(snapshotter, above);
        Map<String, String> aloneBefore = shown(snapshotter, alone);
        byte[] packed = packed(snapshotter, layer);
        Tree tree = snapshotter.tree(above);
        var digest = tree.digest("", PathFilter.ALL);

        assertThat(snapshotter.conversion().orElseThrow().convert(layer, AtOnce.PACE))
                .isTrue();

        assertThat(directory.resolve("fs")).doesNotExist();
        assertThat(directory.resolve("image.erofs")).exists();
        assertThat(shown(snapshotter, above)).as("what the kernel shows").isEqualTo(before);
        assertThat(shown(snapshotter, alone))
                .as("what it shows of the layer alone")
                .isEqualTo(aloneBefore);
        assertThat(Listing.inTree(tree)).as("a view from before").isEqualTo(Listing.inTree(snapshotter.tree(above)));
        assertThat(snapshotter.tree(above).digest("", PathFilter.ALL)).isEqualTo(digest);
        assertThat(packed(snapshotter, layer)).isEqualTo(packed);
        checkImages(alone);
    }

    private static Map<String, String> shown(DiskSnapshotter snapshotter, Snapshot snapshot) throws IOException {
        try (MountedSnapshot mounted = snapshotter.mount(snapshot)) {
            return Listing.onDisk(mounted.root(), true);
        }
    }

    private static byte[] packed(DiskSnapshotter snapshotter, LayerId layer) throws IOException {
        var packed = new ByteArrayOutputStream();
        snapshotter.packLayer(layer, PackOptions.of(PackOptions.Compression.NONE), packed);
        return packed.toByteArray();
    }

    private static Snapshot sealed(DiskSnapshotter snapshotter, Snapshot base, List<Changes.Change> step)
            throws IOException {
        try (Workspace workspace = snapshotter.workspace(base)) {
            for (Changes.Change change : step) {
                change.apply(workspace.root());
            }
            Map<String, String> shown = Listing.onDisk(workspace.root(), false);
            Snapshot sealed = workspace.seal();
            assertThat(Listing.inTree(snapshotter.tree(sealed), false))
                    .as("what the index says")
                    .isEqualTo(shown);
            assertShown(snapshotter, sealed, false);
            return sealed;
        }
    }

    /** Compares a tree with what the kernel shows of it, and its digests with those of all bytes read again. */
    private static void assertShown(DiskSnapshotter snapshotter, Snapshot snapshot, boolean directoryTimes)
            throws IOException {
        Tree tree = snapshotter.tree(snapshot);
        try (MountedSnapshot mounted = snapshotter.mount(snapshot)) {
            assertThat(Listing.onDisk(mounted.root(), directoryTimes))
                    .as("what the kernel shows")
                    .isEqualTo(Listing.inTree(tree, directoryTimes));
            for (PathFilter filter : List.of(PathFilter.ALL, SOME)) {
                assertThat(tree.digest("", filter)).as("digest").isEqualTo(Rehash.of(mounted.root(), filter));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EROFS_FILE", "DIRECTORY"})
    void changesStackedOnTheLowerTreeShowTheUpperOne(LayerForm form) throws IOException {
        try (DiskSnapshotter snapshotter = open(form)) {
            new Property<>(Archives::of, Archives::smaller, archives -> {
                        List<Snapshot> layers = imported(snapshotter, archives);
                        Snapshot whole = stacked(snapshotter, layers);
                        for (int i = 0; i < layers.size(); i++) {
                            Snapshot lower = stacked(snapshotter, layers.subList(0, i));
                            Snapshot other = stacked(snapshotter, layers.subList(i, layers.size()));
                            assertChanges(snapshotter, lower, other);
                            assertChanges(snapshotter, other, lower);
                            assertChanges(snapshotter, lower, whole);
                            assertChanges(snapshotter, whole, lower);
                        }
                    })
                    .holds();
        }
    }

    private static void assertChanges(DiskSnapshotter snapshotter, Snapshot from, Snapshot to) throws IOException {
        Tree upper = snapshotter.tree(to);
        Snapshot changes = snapshotter.changes(snapshotter.tree(from), upper);
        var list = new ArrayList<LayerId>(from.layers());
        list.addAll(changes.layers());
        var both = new Snapshot(list);
        assertThat(Listing.inTree(snapshotter.tree(both), true))
                .as("changes from %s to %s", from, to)
                .isEqualTo(Listing.inTree(upper, true));
        assertShown(snapshotter, both, true);
    }

    private Map<String, String> unpackedInOrder(Archives archives) throws Exception {
        Path out = Files.createDirectory(root.resolve("out-" + cases++));
        var unpacking = new Unpacking(out, root);
        for (Archive archive : archives.lowestFirst()) {
            unpacking.apply(archive);
        }
        Map<String, String> listing = Listing.onDisk(out, false);
        TreeRemoval.remove(out.toString());
        return listing;
    }

    @ParameterizedTest
    @EnumSource(names = {"EROFS_FILE", "DIRECTORY"})
    void layerPacksAndUnpacksToItself(LayerForm form) throws IOException {
        try (DiskSnapshotter snapshotter = open(form)) {
            new Property<>(Archives::of, Archives::smaller, archives -> {
                        for (Snapshot layer : imported(snapshotter, archives)) {
                            for (LayerId id : layer.layers()) {
                                assertPacked(snapshotter, id);
                            }
                        }
                    })
                    .holds();
        }
    }

    private void assertPacked(DiskSnapshotter snapshotter, LayerId id) throws Exception {
        var packed = new ByteArrayOutputStream();
        snapshotter.packLayer(id, PackOptions.of(PackOptions.Compression.NONE), packed);
        SealedLayer again = snapshotter.importLayer(new ByteArrayInputStream(packed.toByteArray()), Optional.empty());
        Tree tree = snapshotter.tree(Snapshot.EMPTY.plus(id));
        assertThat(Listing.inTree(snapshotter.tree(Snapshot.EMPTY.plus(again.id())), false))
                .isEqualTo(Listing.inTree(tree, false));
        var twice = new ByteArrayOutputStream();
        snapshotter.packLayer(again.id(), PackOptions.of(PackOptions.Compression.NONE), twice);
        assertThat(twice.toByteArray()).as("packed again").isEqualTo(packed.toByteArray());
        Path out = Files.createDirectory(root.resolve("out-" + cases++));
        LinuxFiles.chmod(out.toString(), 0755);
        Unpacking.untar(Files.write(root.resolve("packed.tar"), packed.toByteArray()), out, root);
        Map<String, String> unpacked = Listing.onDisk(out, false);
        unpacked.keySet().removeIf(path -> path.contains(".wh."));
        assertThat(unpacked).as("unpacked by tar").isEqualTo(Listing.inTree(tree, false));
        TreeRemoval.remove(out.toString());
    }

    private void checkImages(Snapshot snapshot) throws Exception {
        for (var layer : snapshot.layers()) {
            Path image = root.resolve("store/layers/" + layer + "/image.erofs");
            if (Files.exists(image)) {
                Process fsck = new ProcessBuilder("fsck.erofs", image.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(root.resolve("fsck.out").toFile())
                        .start();
                assertThat(fsck.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(fsck.exitValue()).as("fsck.erofs").isZero();
            }
        }
    }
}
