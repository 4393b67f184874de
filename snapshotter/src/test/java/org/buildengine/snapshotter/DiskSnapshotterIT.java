package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.Mounts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DiskSnapshotterIT {
    @TempDir
    Path root;

    private DiskSnapshotter snapshotter;

    /** Set while the snapshotter is opened, before any test runs. */
    @SuppressWarnings("NullAway.Init")
    @BeforeEach
    void open() throws IOException {
        open(DiskSnapshotter.Options.defaults());
    }

    private void open(DiskSnapshotter.Options options) throws IOException {
        snapshotter = DiskSnapshotter.open(root, options);
    }

    @AfterEach
    void closedSnapshotterLeavesNoMount() throws IOException {
        snapshotter.close();
        assertThat(Mounts.below(root)).isEmpty();
        assertThat(root.resolve("mnt")).isEmptyDirectory();
    }

    /** A layer that is kept as an image, where those can be mounted. */
    private LayerId image(Map<String, String> files) throws IOException {
        try (LayerWriter writer = snapshotter.writeLayer("test")) {
            for (var file : files.entrySet()) {
                byte[] content = file.getValue().getBytes(UTF_8);
                try (OutputStream out = writer.file(file.getKey(), Attributes.ofMode(0644), content.length)) {
                    out.write(content);
                }
            }
            return writer.seal().id();
        }
    }

    /** A layer that is kept as a directory. */
    private LayerId directory(Map<String, String> files) throws IOException {
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            for (var file : files.entrySet()) {
                Path path = workspace.root().resolve(file.getKey());
                Files.createDirectories(path.getParent());
                Files.writeString(path, file.getValue());
            }
            return workspace.seal().layers().getLast();
        }
    }

    private List<Path> workspaces() throws IOException {
        return entries("work");
    }

    private List<Path> entries(String directory) throws IOException {
        try (Stream<Path> entries = Files.list(root.resolve(directory))) {
            return entries.toList();
        }
    }

    private long mounts() throws IOException {
        return Mounts.below(root).size();
    }

    @Test
    void aMountPointServesAgainOnceItsMountHasEnded() throws Exception {
        Snapshot base = new Snapshot(List.of(directory(Map.of("a", "a"))));
        Path first;
        Path second;
        try (Workspace one = snapshotter.workspace(base);
                Workspace two = snapshotter.workspace(base)) {
            first = one.root();
            second = two.root();
            assertThat(second).isNotEqualTo(first);
            Files.writeString(one.root().resolve("a"), "changed");
        }
        List<Path> points = entries("mnt");
        for (int i = 0; i < 3; i++) {
            try (Workspace later = snapshotter.workspace(base)) {
                assertThat(later.root()).isIn(first, second);
                assertThat(later.root().resolve("a")).hasContent("a");
            }
        }
        assertThat(entries("mnt")).containsExactlyInAnyOrderElementsOf(points);
    }

    @Test
    void whatAWorkspaceLeavesIsGoneAtOnceIfItIsEmptyAndSoonIfNot() throws Exception {
        Snapshot base = new Snapshot(List.of(directory(Map.of("a", "a"))));
        try (Workspace unchanged = snapshotter.workspace(base)) {
            assertThat(unchanged.seal()).isEqualTo(base);
        }
        assertThat(workspaces()).isEmpty();
        assertThat(entries("trash")).isEmpty();

        try (Workspace abandoned = snapshotter.workspace(base)) {
            Files.createDirectories(abandoned.root().resolve("d/e"));
            Files.writeString(abandoned.root().resolve("d/e/f"), "f");
            Files.delete(abandoned.root().resolve("a"));
        }
        assertThat(workspaces()).isEmpty();
        await().atMost(Duration.ofSeconds(20)).until(() -> entries("trash").isEmpty());
    }

    @Test
    void changesOfAWorkspaceBecomeALayerOverItsBase() throws Exception {
        var base = new Snapshot(
                List.of(image(Map.of("etc/a", "image", "etc/b", "image")), directory(Map.of("etc/b", "directory"))));
        Snapshot sealed;
        try (Workspace workspace = snapshotter.workspace(base)) {
            assertThat(workspace.root().resolve("etc/a")).hasContent("image");
            assertThat(workspace.root().resolve("etc/b")).hasContent("directory");
            Files.delete(workspace.root().resolve("etc/a"));
            Files.writeString(workspace.root().resolve("etc/c"), "new");
            sealed = workspace.seal();
        }
        assertThat(sealed.layers()).hasSize(3).startsWith(base.layers().toArray(new LayerId[0]));
        assertThat(workspaces()).isEmpty();
        try (MountedSnapshot mounted = snapshotter.mount(sealed)) {
            assertThat(mounted.root().resolve("etc/a")).doesNotExist();
            assertThat(mounted.root().resolve("etc/c")).hasContent("new");
            assertThatThrownBy(() -> Files.writeString(mounted.root().resolve("x"), "x"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Read-only");
        }
        try (MountedSnapshot before = snapshotter.mount(base)) {
            assertThat(before.root().resolve("etc/a")).hasContent("image");
        }
    }

    @Test
    void workspaceThatWasOnlyReadGivesItsBaseBack() throws Exception {
        var base = new Snapshot(List.of(image(Map.of("a", "x"))));
        try (Workspace workspace = snapshotter.workspace(base)) {
            assertThat(workspace.root().resolve("a")).hasContent("x");
            assertThat(workspace.seal()).isEqualTo(base);
            assertThatThrownBy(workspace::seal).isInstanceOf(IllegalStateException.class);
        }
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            assertThat(workspace.root()).isEmptyDirectory();
            assertThat(workspace.seal()).isEqualTo(Snapshot.EMPTY);
        }
    }

    @Test
    void whatLiesBelowAllLayersShowsWhereTheyHaveNothingAndIsNotSealed(@TempDir Path underlay) throws Exception {
        Files.createDirectories(underlay.resolve("etc"));
        Files.writeString(underlay.resolve("etc/hosts"), "below");
        Files.createDirectory(underlay.resolve("proc"));
        Files.setPosixFilePermissions(underlay, PosixFilePermissions.fromString("rwx------"));
        var base = new Snapshot(List.of(image(Map.of("etc/hosts", "image", "a", "x"))));
        try (Workspace workspace = snapshotter.workspace(base, Optional.of(underlay))) {
            assertThat(workspace.root().resolve("etc/hosts")).hasContent("image");
            assertThat(workspace.root().resolve("proc")).isEmptyDirectory();
            assertThat(Files.getPosixFilePermissions(workspace.root()))
                    .isNotEqualTo(Files.getPosixFilePermissions(underlay));
            assertThat(workspace.seal()).isEqualTo(base);
        }
        Snapshot sealed;
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY, Optional.of(underlay))) {
            assertThat(workspace.root().resolve("etc/hosts")).hasContent("below");
            Files.writeString(workspace.root().resolve("etc/new"), "written");
            sealed = workspace.seal();
        }
        try (MountedSnapshot mounted = snapshotter.mount(sealed)) {
            assertThat(mounted.root().resolve("etc/new")).hasContent("written");
            assertThat(mounted.root().resolve("etc/hosts")).doesNotExist();
            assertThat(mounted.root().resolve("proc")).doesNotExist();
        }
    }

    @Test
    void rootOfAWorkspaceHasTheAttributesOfItsBaseAndAChangeOfThemCounts() throws Exception {
        Snapshot base;
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            String top = workspace.root().toString();
            LinuxFiles.chown(top, 12, 34);
            LinuxFiles.chmod(top, 01751);
            LinuxFiles.setMtime(top, 1_234_567_890_123_456_789L);
            base = workspace.seal();
        }
        try (Workspace workspace = snapshotter.workspace(base)) {
            var shown = LinuxFiles.status(workspace.root().toString());
            assertThat(shown.mode()).isEqualTo(01751);
            assertThat(shown.uid()).isEqualTo(12);
            assertThat(shown.gid()).isEqualTo(34);
            assertThat(shown.mtimeNanos()).isEqualTo(1_234_567_890_123_456_789L);
            Files.setPosixFilePermissions(workspace.root(), PosixFilePermissions.fromString("rwx------"));
            assertThat(workspace.seal().layers()).hasSize(2);
        }
    }

    @Test
    void closingDiscardsWhatWasNotSealed() throws Exception {
        Workspace workspace = snapshotter.workspace(new Snapshot(List.of(directory(Map.of("a", "x")))));
        Files.writeString(workspace.root().resolve("b"), "x");
        workspace.close();
        workspace.close();
        assertThat(workspaces()).isEmpty();
        assertThat(mounts()).isZero();
        assertThatThrownBy(workspace::seal).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void workspaceInUseIsNotSealedButCanBeClosed() throws Exception {
        Workspace workspace = snapshotter.workspace(Snapshot.EMPTY);
        Path file = workspace.root().resolve("file");
        try (var writer = Files.newBufferedWriter(file)) {
            writer.write("still ");
            assertThatThrownBy(workspace::seal).isInstanceOf(IOException.class).hasMessageContaining("still in use");
            workspace.close();
            writer.write("writing");
        }
        assertThat(workspaces()).isEmpty();
        assertThat(mounts()).isZero();
    }

    @Test
    void viewsOfOneSnapshotShareTheirMountsAndImagesAreMountedOnce() throws Exception {
        LayerId image = image(Map.of("a", "x"));
        var one = new Snapshot(List.of(image));
        var two = new Snapshot(List.of(image, directory(Map.of("b", "y"))));
        MountedSnapshot same = snapshotter.mount(one);
        try (MountedSnapshot first = snapshotter.mount(one);
                MountedSnapshot other = snapshotter.mount(two)) {
            assertThat(same.root()).isEqualTo(first.root());
            assertThat(other.root()).isNotEqualTo(first.root());
            assertThat(mounts()).isEqualTo(3);
            same.close();
            same.close();
            assertThat(first.root().resolve("a")).hasContent("x");
            assertThat(other.root().resolve("b")).hasContent("y");
        }
    }

    @Test
    void manyWorkspacesOverOneImageAtOnceDoNotDisturbEachOther() throws Exception {
        var base = new Snapshot(List.of(image(Map.of("shared", "x"))));
        var work = new ArrayList<Callable<Snapshot>>();
        for (int i = 0; i < 40; i++) {
            String own = "own-" + i;
            work.add(() -> {
                try (Workspace workspace = snapshotter.workspace(base)) {
                    assertThat(workspace.root().resolve("shared")).hasContent("x");
                    Files.writeString(workspace.root().resolve(own), own);
                    return workspace.seal();
                }
            });
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            int i = 0;
            for (var sealed : threads.invokeAll(work)) {
                try (MountedSnapshot mounted = snapshotter.mount(sealed.get())) {
                    assertThat(mounted.root().toFile().list()).containsExactlyInAnyOrder("shared", "own-" + i++);
                }
            }
        }
        assertThat(workspaces()).isEmpty();
    }

    @Test
    void emptySnapshotsAndRepeatedLayersCanBeMounted() throws Exception {
        try (MountedSnapshot mounted = snapshotter.mount(Snapshot.EMPTY)) {
            assertThat(mounted.root()).isEmptyDirectory();
        }
        LayerId layer = directory(Map.of("a", "below"));
        var repeated = new Snapshot(List.of(layer, directory(Map.of("a", "between")), layer));
        try (MountedSnapshot mounted = snapshotter.mount(repeated)) {
            assertThat(mounted.root().resolve("a")).hasContent("below");
        }
    }

    @Test
    void unknownLayerIsRefusedAndLeavesNoMount() throws IOException {
        var unknown = new Snapshot(List.of(directory(Map.of("a", "x")), new LayerId("gone")));
        assertThatThrownBy(() -> snapshotter.workspace(unknown)).hasMessageContaining("no layer gone");
        assertThatThrownBy(() -> snapshotter.mount(unknown)).hasMessageContaining("no layer gone");
        assertThat(mounts()).isZero();
        assertThat(workspaces()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"EROFS_FILE", "EROFS_LOOP"})
    void imagesAreMountedInTheFormThatWasForced(LayerForm form) throws Exception {
        snapshotter.close();
        open(DiskSnapshotter.Options.defaults().withForm(form));
        assertThat(snapshotter.layerForm()).isEqualTo(form);
        var base = new Snapshot(List.of(image(Map.of("a", "x"))));
        try (Workspace workspace = snapshotter.workspace(base)) {
            Files.writeString(workspace.root().resolve("a"), "changed");
            assertThat(workspace.seal().layers()).hasSize(2);
        }
    }

    @Test
    void probeFindsImagesMountedStraightFromTheFileOnKernelsThatHaveThem() {
        String[] version = System.getProperty("os.version").split("\\.", 3);
        int major = Integer.parseInt(version[0]);
        int minor = Integer.parseInt(version[1]);
        if (major > 6 || (major == 6 && minor >= 12)) {
            assertThat(snapshotter.layerForm()).isEqualTo(LayerForm.EROFS_FILE);
        } else {
            assertThat(snapshotter.layerForm()).isNotEqualTo(LayerForm.EROFS_FILE);
        }
    }

    @Test
    void fullDiskIsSaidAndLeavesNothingHalfVisible() throws Exception {
        snapshotter.close();
        Path small = Files.createDirectory(root.resolve("small"));
        Mounts.mount("small", small.toString(), "tmpfs", 0, "size=48m");
        try {
            try (var full = DiskSnapshotter.open(small, DiskSnapshotter.Options.defaults())) {
                byte[] much = new byte[1 << 20];
                try (var ingest = full.blobs().ingest(Optional.empty())) {
                    assertThatThrownBy(() -> {
                                for (int i = 0; i < 64; i++) {
                                    ingest.stream().write(much);
                                }
                            })
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("No space left on device")
                            .hasMessageContaining("free some space");
                }
                try (Stream<Path> blobs = Files.walk(small.resolve("cas"))) {
                    assertThat(blobs.filter(Files::isRegularFile)).isEmpty();
                }
                var recipe = Map.of(KeyKind.RECIPE, List.of(Digest.of("after")));
                full.results()
                        .publish(
                                new ResultStore.NewResult(
                                        recipe,
                                        Digest.of("x"),
                                        List.of(),
                                        Map.of(),
                                        Set.of(),
                                        Duration.ZERO,
                                        Origin.UNKNOWN),
                                Owner.NONE);
                assertThat(full.results().find(KeyKind.RECIPE, Digest.of("after")))
                        .isPresent();
            }
        } finally {
            Mounts.detach(small.toString());
        }
    }

    @Test
    void mountsOfAPredecessorAreClearedAtStart() throws IOException {
        snapshotter.close();
        Path left = Files.createDirectories(root.resolve("mnt/left over"));
        Mounts.mount("left", left.toString(), "tmpfs", 0, "size=1m");
        Path inner = Files.createDirectories(left.resolve("inner"));
        Mounts.mount("left", inner.toString(), "tmpfs", 0, "size=1m");
        open();
        assertThat(mounts()).isZero();
        assertThat(left).doesNotExist();
    }
}
