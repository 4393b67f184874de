package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Snapshots as lists of layers: long ones, merged ones, and what one has more than another. */
class LayerListsIT {
    private static final Attributes PLAIN = Attributes.ofMode(0644);

    @TempDir
    Path root;

    private DiskSnapshotter snapshotter;

    @BeforeEach
    void open() throws IOException {
        snapshotter = DiskSnapshotter.open(root.resolve("store"), DiskSnapshotter.Options.defaults());
    }

    @AfterEach
    void close() {
        snapshotter.close();
    }

    @FunctionalInterface
    private interface Change {
        void on(Path root) throws IOException;
    }

    private Snapshot changed(Snapshot base, Change change) throws IOException {
        try (Workspace workspace = snapshotter.workspace(base)) {
            change.on(workspace.root());
            return workspace.seal();
        }
    }

    private Snapshot base() throws IOException {
        return changed(Snapshot.EMPTY, top -> {
            Files.createDirectories(top.resolve("d/sub"));
            Files.writeString(top.resolve("d/sub/f"), "f");
            Files.writeString(top.resolve("g"), "g");
        });
    }

    private static void assertShown(DiskSnapshotter snapshotter, Snapshot snapshot) throws IOException {
        try (MountedSnapshot mounted = snapshotter.mount(snapshot)) {
            assertThat(Listing.onDisk(mounted.root())).isEqualTo(Listing.inTree(snapshotter.tree(snapshot)));
        }
    }

    @Test
    void layerThatComesTwiceLiesWhereItComesLast() throws IOException {
        Snapshot base = base();
        Snapshot changed = changed(base, top -> {
            Files.writeString(top.resolve("g"), "other");
            Files.writeString(top.resolve("new"), "n");
        });

        Snapshot merged = snapshotter.stack(List.of(changed, base));

        assertThat(merged.layers())
                .containsExactly(changed.layers().getLast(), base.layers().getFirst());
        Tree tree = snapshotter.tree(merged);
        assertThat(tree.list("")).extracting(Node::name).containsExactly("d", "g", "new");
        assertThat(tree.find("g")).isEqualTo(snapshotter.tree(base).find("g"));
        assertShown(snapshotter, merged);
    }

    /** Layers that hide and remove something of each other. */
    private static Snapshot many(DiskSnapshotter snapshotter, int count) throws IOException {
        Snapshot snapshot = Snapshot.EMPTY;
        for (int i = 0; i < count; i++) {
            try (LayerWriter layer = snapshotter.writeLayer("one of many")) {
                try (OutputStream out = layer.file("d" + i % 7 + "/f" + i % 100, PLAIN, 5)) {
                    out.write(String.format("%05d", i).getBytes(UTF_8));
                }
                if (i % 50 == 49) {
                    layer.opaque("d" + (i + 1) % 7);
                }
                if (i % 10 == 9) {
                    layer.whiteout("d" + i % 7 + "/f" + (i - 30) % 100);
                }
                snapshot = layer.seal().on(snapshot);
            }
        }
        return snapshot;
    }

    /** How many lowers the tree at {@code root} is made of, by the kernel. */
    private static long lowers(Path root) throws IOException {
        String mount = Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
                .filter(line -> line.contains(" " + root + " "))
                .findFirst()
                .orElseThrow();
        return Pattern.compile("lowerdir\\+=").matcher(mount).results().count();
    }

    @Test
    void layersAreWrittenAsOneWhileTheyAreMountedOneByOne() throws Exception {
        Snapshot snapshot = many(snapshotter, 300);
        Snapshot next;
        try (Workspace workspace = snapshotter.workspace(snapshot)) {
            assertThat(lowers(workspace.root())).isEqualTo(300);
            Files.writeString(workspace.root().resolve("new"), "n");
            next = workspace.seal();
        }
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            try (Workspace workspace = snapshotter.workspace(snapshot)) {
                assertThat(lowers(workspace.root())).isEqualTo(1 + 1 + 12);
            }
        });
        assertShown(snapshotter, next);
    }

    /** More than the 500 that the kernel takes. */
    @ParameterizedTest
    @CsvSource({"EROFS_FILE, 2000", "DIRECTORY, 600"})
    void thousandsOfLayersAreMountedAndBuiltUpon(LayerForm form, int count) throws Exception {
        try (DiskSnapshotter other = DiskSnapshotter.open(
                root.resolve("other"), DiskSnapshotter.Options.defaults().withForm(form))) {
            Snapshot snapshot = many(other, count);
            assertThat(snapshot.layers()).hasSize(count);
            assertShown(other, snapshot);
            Snapshot next;
            try (Workspace workspace = other.workspace(snapshot)) {
                Files.delete(workspace.root().resolve("d" + (count - 1) % 7 + "/f99"));
                Files.writeString(workspace.root().resolve("new"), "n");
                next = workspace.seal();
            }
            assertThat(next.layers()).hasSize(count + 1);
            assertShown(other, next);
        }
        assertThat(root.resolve("other/work")).isEmptyDirectory();
    }

    @Test
    void directoryThatABranchOnlyPassedThroughIsThatOfTheOtherBranch() throws IOException {
        Snapshot base = base();
        Snapshot closed = changed(base, top -> {
            LinuxFiles.chmod(top + "/d", 0700);
            LinuxFiles.chown(top + "/d/sub", 5, 6);
        });
        Snapshot written = changed(base, top -> Files.writeString(top.resolve("d/sub/new"), "n"));
        Snapshot edited;
        try (TreeEditor editor = snapshotter.edit(base)) {
            editor.writeFile("d/sub/edited", PLAIN, new byte[] {'e'});
            edited = editor.commit();
        }

        Snapshot merged = snapshotter.stack(List.of(closed, diff(base, written), diff(base, edited)));

        Tree tree = snapshotter.tree(merged);
        assertThat(tree.find("d").orElseThrow().attributes().mode()).isEqualTo(0700);
        assertThat(tree.find("d/sub").orElseThrow().attributes().uid()).isEqualTo(5);
        assertThat(tree.list("d/sub")).extracting(Node::name).containsExactly("edited", "f", "new");
        assertShown(snapshotter, merged);
        assertThat(merged.layers())
                .as("no branch was written again")
                .contains(written.layers().getLast(), edited.layers().getLast());
    }

    @Test
    void directoryThatABranchChangedStaysChanged() throws IOException {
        Snapshot base = base();
        Snapshot one = changed(base, top -> LinuxFiles.chmod(top + "/d", 0700));
        Snapshot two = changed(base, top -> LinuxFiles.chmod(top + "/d", 0711));

        Tree tree = snapshotter.tree(snapshotter.stack(List.of(one, diff(base, two))));

        assertThat(tree.find("d").orElseThrow().attributes().mode()).isEqualTo(0711);
    }

    private Snapshot diff(Snapshot lower, Snapshot upper) throws IOException {
        return snapshotter.diff(snapshotter.tree(lower), "", snapshotter.tree(upper), "/");
    }

    @Test
    void differenceToAnEarlierTreeIsTheLayersSince() throws IOException {
        Snapshot base = base();
        Snapshot one = changed(base, top -> Files.writeString(top.resolve("d/one"), "1"));
        Snapshot two = changed(one, top -> Files.writeString(top.resolve("two"), "2"));

        assertThat(diff(base, two).layers()).isEqualTo(two.layers().subList(1, 3));
        assertThat(diff(Snapshot.EMPTY, two)).isEqualTo(two);
        assertThat(diff(two, two)).isEqualTo(Snapshot.EMPTY);
    }

    @Test
    void differenceHasNothingThatWasWrittenAsItWas() throws IOException {
        Snapshot base = base();
        Node before = snapshotter.tree(base).find("g").orElseThrow();
        Snapshot again = changed(base, top -> {
            Files.writeString(top.resolve("g"), "g");
            LinuxFiles.setMtime(top + "/g", before.attributes().mtimeNanos());
            Files.writeString(top.resolve("new"), "n");
        });

        Tree difference = snapshotter.tree(diff(base, again));

        assertThat(difference.list("")).extracting(Node::name).containsExactly("new");
        assertThat(again.layers()).hasSize(2);
    }

    @Test
    void differenceOfBranchesIsWrittenFromTheirIndexes() throws IOException {
        Snapshot base = base();
        Snapshot one = changed(base, top -> Files.writeString(top.resolve("d/one"), "1"));
        Snapshot two = changed(base, top -> {
            Files.writeString(top.resolve("d/two"), "2");
            Files.delete(top.resolve("g"));
        });

        Snapshot difference = diff(one, two);

        assertThat(difference.layers()).hasSize(1).doesNotContainAnyElementsOf(two.layers());
        assertThat(Listing.inTree(snapshotter.tree(difference)).keySet()).containsExactly("", "d", "d/two");
    }
}
