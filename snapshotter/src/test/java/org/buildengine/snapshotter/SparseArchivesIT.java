package org.buildengine.snapshotter;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.DiskUsage;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files with holes in archives that GNU tar has made, in each of the ways in which it can. */
class SparseArchivesIT {
    private static final long GIGABYTE = 1L << 30;
    private static final String[] FORMATS = {
        "--format=gnu",
        "--format=posix --sparse-version=0.0",
        "--format=posix --sparse-version=0.1",
        "--format=posix --sparse-version=1.0"
    };

    @TempDir
    Path root;

    private DiskSnapshotter open(LayerForm form) throws IOException {
        return DiskSnapshotter.open(
                root.resolve("store"), DiskSnapshotter.Options.defaults().withForm(form));
    }

    /** Makes a file with a piece of data at each of some places. */
    private static void holes(Path file, long size, int piece, long... places) throws IOException {
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(size);
            for (long place : places) {
                byte[] bytes = new byte[piece];
                java.util.Arrays.fill(bytes, (byte) (1 + place % 100));
                out.seek(place);
                out.write(bytes);
            }
        }
    }

    private static Path archive(Path directory, String options) throws Exception {
        Path archive = directory.resolveSibling(directory.getFileName() + ".tar");
        var command = new ArrayList<String>(List.of("tar", "--sparse", "--numeric-owner"));
        command.addAll(List.of(options.split(" ")));
        command.addAll(List.of("-cf", archive.toString(), "-C", directory.toString(), "."));
        Process tar = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolveSibling("tar.out").toFile())
                .start();
        try {
            assertThat(tar.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(tar.exitValue()).isZero();
        } finally {
            tar.destroyForcibly();
        }
        return archive;
    }

    private static Snapshot imported(DiskSnapshotter snapshotter, Path archive) throws IOException {
        try (InputStream in = Files.newInputStream(archive)) {
            return snapshotter.importLayer(in, Optional.empty()).on(Snapshot.EMPTY);
        }
    }

    static Stream<String> formats() {
        return Stream.of(FORMATS);
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.MethodSource("formats")
    void filesWithHolesAreWhatTarHasPacked(String format) throws Exception {
        Path source = Files.createDirectory(root.resolve("source"));
        holes(source.resolve("few"), 5_000_000, 10_000, 0, 2_000_000, 4_000_000);
        holes(source.resolve("ends in data"), 3_000_001, 5000, 2_995_001);
        holes(source.resolve("nothing but a hole"), 1 << 20, 0);
        holes(
                source.resolve("many"),
                20_000_000,
                4096,
                Stream.iterate(0L, at -> at < 19_000_000, at -> at + 65_536)
                        .mapToLong(Long::longValue)
                        .toArray());
        holes(source.resolve("n".repeat(200)), 1_000_000, 1, 999_999);
        Files.writeString(source.resolve("plain"), "between");
        holes(source.resolve("z"), 1_000_000, 1000, 500_000);
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : Stream.concat(files, Stream.of(source)).toList()) {
                Files.setLastModifiedTime(file, FileTime.from(1_700_000_000, TimeUnit.SECONDS));
            }
        }
        LinuxFiles.chmod(source.toString(), 0755);
        Map<String, String> expected = Listing.onDisk(source);
        Path archive = archive(source, format);
        assertThat(Files.size(archive)).as("it has holes").isLessThan(3_000_000);

        try (var snapshotter = open(LayerForm.EROFS_FILE)) {
            Snapshot layer = imported(snapshotter, archive);

            assertThat(Listing.inTree(snapshotter.tree(layer))).isEqualTo(expected);
            try (MountedSnapshot mounted = snapshotter.mount(layer)) {
                assertThat(Listing.onDisk(mounted.root())).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EROFS_FILE", "DIRECTORY"})
    void fileOfGigabytesTakesNeitherDiskNorMemory(LayerForm form) throws Exception {
        Path source = Files.createDirectory(root.resolve("source"));
        long size = 4 * GIGABYTE + 20_000;
        holes(source.resolve("large"), size, 5, 0, 4 * GIGABYTE + 10_000);
        Path archive = archive(source, FORMATS[3]);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (var snapshotter = open(form)) {
            long before = threads.getCurrentThreadAllocatedBytes();
            Snapshot layer = imported(snapshotter, archive);
            assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                    .as("bytes allocated")
                    .isLessThan(64 << 20);

            assertThat(DiskUsage.allocated(root.resolve("store/layers").toString()))
                    .as("bytes on disk")
                    .isLessThan(4 << 20);
            Tree tree = snapshotter.tree(layer);
            Node large = tree.find("large").orElseThrow();
            assertThat(large.size()).isEqualTo(size);
            try (InputStream in = tree.open(large)) {
                in.skipNBytes(4 * GIGABYTE + 9_999);
                assertThat(in.readNBytes(7)).containsExactly(0, 97, 97, 97, 97, 97, 0);
            }
            try (MountedSnapshot mounted = snapshotter.mount(layer)) {
                assertThat(Listing.digest(mounted.root().resolve("large")).toString())
                        .isEqualTo(large.content().orElseThrow().toString());
            }
        }
    }

    @Test
    void fileOfGigabytesThatAnExecutionLeftIsALayer() throws Exception {
        long size = 4 * GIGABYTE + 1;
        try (var snapshotter = open(LayerForm.EROFS_FILE);
                Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            holes(workspace.root().resolve("large"), size, 1, 0, size - 1);

            Tree tree = snapshotter.tree(workspace.seal());

            assertThat(tree.find("large").orElseThrow().size()).isEqualTo(size);
            assertThat(DiskUsage.allocated(root.resolve("store/layers").toString()))
                    .isLessThan(4 << 20);
        }
    }

    /** Zeros are not written; what follows them, and what ends in them, must not notice. */
    @ParameterizedTest
    @ValueSource(ints = {65_536, 65_537, 131_072, 131_073, 200_704, 262_144 + 4032, 262_144 + 4033, 400_000})
    void zerosAreReadAgainBeforeAndAfterTheLayerIsSealed(int size) throws Exception {
        for (LayerForm form : List.of(LayerForm.EROFS_FILE, LayerForm.DIRECTORY)) {
            Path store = Files.createDirectory(root.resolve(form.toString()));
            try (var snapshotter = DiskSnapshotter.open(
                            store, DiskSnapshotter.Options.defaults().withForm(form));
                    var editor = snapshotter.edit(Snapshot.EMPTY)) {
                editor.writeFile("zeros", Attributes.ofMode(0644), new byte[size]);
                try (InputStream in =
                        editor.tree().open(editor.tree().find("zeros").orElseThrow())) {
                    assertThat(in.readAllBytes()).isEqualTo(new byte[size]);
                }
                Snapshot edited = editor.commit();
                try (LayerWriter writer = snapshotter.writeLayer("test")) {
                    try (OutputStream out = writer.file("pieces", Attributes.ofMode(0644), size + 1L)) {
                        out.write(1);
                        for (int at = 0; at < size; at += 131_072) {
                            out.write(new byte[Math.min(131_072, size - at)]);
                        }
                    }
                    edited = edited.plus(writer.seal().id());
                }
                try (MountedSnapshot mounted = snapshotter.mount(edited)) {
                    assertThat(mounted.root().resolve("zeros")).hasBinaryContent(new byte[size]);
                    byte[] pieces = new byte[size + 1];
                    pieces[0] = 1;
                    assertThat(mounted.root().resolve("pieces")).hasBinaryContent(pieces);
                    assertThat(Listing.onDisk(mounted.root(), false))
                            .isEqualTo(Listing.inTree(snapshotter.tree(edited), false));
                }
            }
        }
    }
}
