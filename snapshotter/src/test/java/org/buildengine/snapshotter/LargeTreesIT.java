package org.buildengine.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees with so many files that they are read by several threads and digested in parts. */
class LargeTreesIT {
    private static final int FILES = 600;

    @TempDir
    Path root;

    private DiskSnapshotter snapshotter;

    @BeforeEach
    void open() throws IOException {
        snapshotter = DiskSnapshotter.open(root, DiskSnapshotter.Options.defaults());
    }

    @AfterEach
    void close() {
        snapshotter.close();
    }

    @Test
    void manyFilesWithLinksAndAttributesAreSealedAsTheyWereShown() throws Exception {
        try (Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            for (int i = 0; i < FILES; i++) {
                Path directory = Files.createDirectories(workspace.root().resolve("d" + i % 7 + "/e" + i % 3));
                Path file = directory.resolve("f" + i);
                byte[] content = new byte[i == 5 ? 200_001 : i % 11 * 100];
                Arrays.fill(content, (byte) i);
                Files.write(file, content);
                if (i % 9 == 0) {
                    LinuxFiles.setXattr(file.toString(), "user.note", new byte[] {1, (byte) i});
                }
                if (i % 6 == 0) {
                    Files.createLink(workspace.root().resolve("link" + i), file);
                }
            }
            Map<String, String> shown = Listing.onDisk(workspace.root());
            assertThat(shown).hasSizeGreaterThan(FILES + FILES / 6);
            assertThat(Listing.inTree(snapshotter.tree(workspace.seal()))).isEqualTo(shown);
        }
    }

    private static String path(int file) {
        return "d" + file % 7 + "/e" + file % 3 + "/f" + file;
    }

    /** A snapshot of one layer with these files, each of which holds what it is mapped to. */
    private Snapshot written(Map<String, String> files) throws IOException {
        try (LayerWriter writer = snapshotter.writeLayer("test")) {
            for (var file : files.entrySet()) {
                byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
                try (var out = writer.file(file.getKey(), Attributes.ofMode(0644), content.length)) {
                    out.write(content);
                }
            }
            return writer.seal().on(Snapshot.EMPTY);
        }
    }

    private Digest digest(Snapshot snapshot, String path) throws IOException {
        return snapshotter.tree(snapshot).digest(path, PathFilter.ALL);
    }

    @Test
    void digestAfterAChangeIsThatOfTheSameFilesInOneLayer() throws Exception {
        var files = new TreeMap<String, String>();
        for (int i = 0; i < FILES; i++) {
            files.put(path(i), "content " + i);
        }
        Snapshot base = written(files);
        Digest before = digest(base, "");
        Snapshot changed;
        try (TreeEditor editor = snapshotter.edit(base)) {
            editor.writeFile(path(8), Attributes.ofMode(0644), "changed".getBytes(StandardCharsets.UTF_8));
            editor.remove(path(30));
            changed = editor.commit();
        }
        files.put(path(8), "changed");
        files.remove(path(30));
        Snapshot same = written(files);
        assertThat(digest(changed, "")).isEqualTo(digest(same, "")).isNotEqualTo(before);
        assertThat(digest(changed, "d1")).isEqualTo(digest(same, "d1")).isNotEqualTo(digest(base, "d1"));
        assertThat(digest(changed, "d3")).isEqualTo(digest(same, "d3")).isEqualTo(digest(base, "d3"));
        assertThat(digest(base, "")).isEqualTo(before);
    }
}
