package org.buildengine.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.layer.LayerStaging;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was changed for a while and put back is no change. */
class VisitedDirectoriesIT {
    @TempDir
    Path root;

    private DiskSnapshotter snapshotter;

    /** Set while the snapshotter is opened, before any test runs. */
    @SuppressWarnings("NullAway.Init")
    private PlainLayers layers;

    private Snapshot base;

    @BeforeEach
    void open() throws Exception {
        snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.with(this::remember));
        base = new Snapshot(List.of(layers.image(Map.of("etc/conf/a", "x", "etc/conf/b", "y", "usr/lib/c", "z"))));
    }

    private PlainLayers remember(LayerStaging staging, LayerCatalog catalog) {
        layers = new PlainLayers(staging);
        return layers;
    }

    @AfterEach
    void close() throws IOException {
        snapshotter.close();
    }

    private interface Change {
        void in(Path tree) throws IOException;
    }

    private Snapshot after(Change change) throws IOException {
        try (Workspace workspace = snapshotter.workspace(base)) {
            change.in(workspace.root());
            return workspace.seal();
        }
    }

    private static FileTime modified(Path path) throws IOException {
        return Files.getLastModifiedTime(path);
    }

    private static void visit(Path directory) throws IOException {
        FileTime before = modified(directory);
        Files.createFile(directory.resolve("stub"));
        Files.delete(directory.resolve("stub"));
        Files.setLastModifiedTime(directory, before);
    }

    @Test
    void aDirectoryThatIsAsItWasIsNoChange() throws Exception {
        assertThat(after(tree -> visit(tree.resolve("etc/conf")))).isEqualTo(base);
        assertThat(after(tree -> {
                    visit(tree.resolve("etc/conf"));
                    visit(tree.resolve("usr/lib"));
                    visit(tree);
                }))
                .isEqualTo(base);
    }

    @Test
    void otherAttributesOfADirectoryAreAChange() throws Exception {
        assertThat(after(tree -> {
                    Files.createFile(tree.resolve("etc/conf/stub"));
                    Files.delete(tree.resolve("etc/conf/stub"));
                }))
                .isNotEqualTo(base);
        assertThat(after(tree -> Files.setPosixFilePermissions(
                        tree.resolve("etc/conf"), PosixFilePermissions.fromString("rwx------"))))
                .isNotEqualTo(base);
        assertThat(after(tree -> Files.setAttribute(tree.resolve("etc/conf"), "unix:uid", 7))).isNotEqualTo(base);
    }

    @Test
    void aDirectoryThatWasMadeOrReplacedIsAChange() throws Exception {
        assertThat(after(tree -> Files.createDirectory(tree.resolve("new")))).isNotEqualTo(base);
        Snapshot replaced = after(tree -> {
            Path conf = tree.resolve("etc/conf");
            FileTime times = modified(conf);
            FileTime above = modified(tree.resolve("etc"));
            Files.delete(conf.resolve("a"));
            Files.delete(conf.resolve("b"));
            Files.delete(conf);
            Files.createDirectory(conf);
            Files.setPosixFilePermissions(conf, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.setLastModifiedTime(conf, times);
            Files.setLastModifiedTime(tree.resolve("etc"), above);
        });
        assertThat(replaced).isNotEqualTo(base);
        try (MountedSnapshot mounted = snapshotter.mount(replaced)) {
            assertThat(mounted.root().resolve("etc/conf")).isEmptyDirectory();
        }
    }

    @Test
    void whatIsLeftOfAnUpperKeepsItsTimes() throws Exception {
        FileTime wanted = FileTime.fromMillis(1_000_000_000_000L);
        Snapshot changed = after(tree -> {
            visit(tree.resolve("etc/conf"));
            Files.writeString(tree.resolve("etc/kept"), "kept");
            Files.setLastModifiedTime(tree.resolve("etc"), wanted);
        });
        try (MountedSnapshot mounted = snapshotter.mount(changed)) {
            assertThat(modified(mounted.root().resolve("etc"))).isEqualTo(wanted);
            assertThat(mounted.root().resolve("etc/kept")).hasContent("kept");
            assertThat(mounted.root().resolve("etc/conf/a")).hasContent("x");
        }
    }
}
