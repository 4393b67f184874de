package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The parts together, in each form of layers: what is written is what the kernel shows and what the trees say. */
class AssemblyIT {
    private static final long TIME = 1_600_000_000_123_456_789L;

    @TempDir
    Path root;

    private DiskSnapshotter open(LayerForm form) throws IOException {
        return DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults().withForm(form));
    }

    private static void file(LayerWriter writer, String path, Attributes attributes, String content)
            throws IOException {
        byte[] bytes = content.getBytes(UTF_8);
        try (var out = writer.file(path, attributes, bytes.length)) {
            out.write(bytes);
        }
    }

    private static Snapshot base(DiskSnapshotter snapshotter) throws IOException {
        try (LayerWriter writer = snapshotter.writeLayer("base")) {
            writer.directory("etc", new Attributes(0750, 3, 4, TIME, Map.of()));
            file(
                    writer,
                    "etc/small",
                    new Attributes(04711, 5, 6, TIME, Map.of("user.note", new byte[] {1, 0, 2})),
                    "tiny");
            file(writer, "etc/large", Attributes.ofMode(0644), "0123456789".repeat(5000));
            writer.hardlink("etc/same", "etc/large");
            writer.symlink("link", Attributes.ofMode(0777), "etc/small");
            writer.special("pipe", Attributes.ofMode(0600), NodeType.FIFO, 0, 0);
            writer.special("null", Attributes.ofMode(0666), NodeType.CHAR_DEVICE, 1, 3);
            file(writer, "gone/a", Attributes.ofMode(0644), "a");
            return writer.seal().on(Snapshot.EMPTY);
        }
    }

    @ParameterizedTest
    @EnumSource
    void writtenLayerIsWhatTheKernelShows(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form);
                MountedSnapshot mounted = snapshotter.mount(base(snapshotter))) {
            Path shown = mounted.root();
            FileStatus etc = LinuxFiles.status(shown.resolve("etc").toString());
            assertThat(etc.mode()).isEqualTo(0750);
            assertThat(etc.uid()).isEqualTo(3);
            assertThat(etc.mtimeNanos()).isEqualTo(TIME);
            FileStatus small = LinuxFiles.status(shown.resolve("etc/small").toString());
            assertThat(small.mode()).isEqualTo(04711);
            assertThat(small.gid()).isEqualTo(6);
            assertThat(small.mtimeNanos()).isEqualTo(TIME);
            assertThat(LinuxFiles.xattr(shown.resolve("etc/small").toString(), "user.note"))
                    .hasValueSatisfying(value -> assertThat(value).containsExactly(1, 0, 2));
            assertThat(shown.resolve("etc/small")).hasContent("tiny");
            assertThat(shown.resolve("etc/same")).hasContent("0123456789".repeat(5000));
            assertThat(Files.readSymbolicLink(shown.resolve("link"))).isEqualTo(Path.of("etc/small"));
            FileStatus device = LinuxFiles.status(shown.resolve("null").toString());
            assertThat(device.type()).isEqualTo(NodeType.CHAR_DEVICE);
            assertThat(device.deviceMajor()).isEqualTo(1);
            assertThat(device.deviceMinor()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void sealedWorkspaceIsWhatItsTreeSays(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot base = base(snapshotter);
            Snapshot sealed;
            try (Workspace workspace = snapshotter.workspace(base)) {
                Path changed = workspace.root();
                Files.writeString(changed.resolve("etc/small"), "changed");
                Files.delete(changed.resolve("gone/a"));
                Files.delete(changed.resolve("gone"));
                Files.createDirectories(changed.resolve("new/deep"));
                Files.writeString(changed.resolve("new/deep/file"), "x");
                sealed = workspace.seal();
            }
            Tree tree = snapshotter.tree(sealed);
            assertThat(tree.find("gone")).isEmpty();
            assertThat(tree.find("etc/large").orElseThrow().size()).isEqualTo(50_000);
            assertThat(tree.find("etc/small").orElseThrow().content()).contains(Digest.of("changed"));
            try (var in = tree.open(tree.find("new/deep/file").orElseThrow())) {
                assertThat(new String(in.readAllBytes(), UTF_8)).isEqualTo("x");
            }
            try (Workspace workspace = snapshotter.workspace(sealed)) {
                assertThat(workspace.root().resolve("gone")).doesNotExist();
                assertThat(workspace.root().resolve("etc/small")).hasContent("changed");
                Files.writeString(workspace.root().resolve("passing"), "x");
                Files.delete(workspace.root().resolve("passing"));
                assertThat(workspace.seal()).isEqualTo(sealed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void editsAreMountedAndSurviveReopeningOnceAResultNamesThem(LayerForm form) throws Exception {
        Digest recipe = Digest.of("recipe");
        Snapshot edited;
        Digest digest;
        try (DiskSnapshotter snapshotter = open(form)) {
            try (TreeEditor editor = snapshotter.edit(base(snapshotter))) {
                editor.writeFile("link", Attributes.ofMode(0600), "through the link".getBytes(UTF_8));
                editor.remove("gone");
                edited = editor.commit();
            }
            digest = snapshotter.tree(edited).digest("", PathFilter.ALL);
            snapshotter
                    .results()
                    .publish(
                            new ResultStore.NewResult(
                                    Map.of(KeyKind.RECIPE, List.of(recipe)),
                                    digest,
                                    List.of(edited),
                                    Map.of(),
                                    Set.of(),
                                    Duration.ZERO,
                                    Origin.UNKNOWN),
                            Owner.NONE);
        }
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot found = snapshotter
                    .results()
                    .find(KeyKind.RECIPE, recipe)
                    .orElseThrow()
                    .outputs()
                    .getFirst();
            assertThat(found).isEqualTo(edited);
            assertThat(snapshotter.tree(found).digest("", PathFilter.ALL)).isEqualTo(digest);
            try (MountedSnapshot mounted = snapshotter.mount(found)) {
                assertThat(mounted.root().resolve("gone")).doesNotExist();
                assertThat(mounted.root().resolve("etc/large")).hasContent("0123456789".repeat(5000));
            }
            Path volume = snapshotter
                    .cacheVolumes()
                    .use(
                            Digest.of("volume"),
                            "cache volume",
                            Optional.of(new CacheVolumes.Seed(snapshotter.tree(found), "etc")),
                            Attributes.ofMode(0700))
                    .directory();
            assertThat(volume.resolve("large")).hasContent("0123456789".repeat(5000));
            assertThat(LinuxFiles.status(volume.resolve("large").toString()).uid())
                    .isZero();
        }
    }
}
