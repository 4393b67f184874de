package org.buildengine.snapshotter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.Mounts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel shows of layers, what their trees say, and what GNU tar unpacks: all three are one. */
class LayersIT {
    private static final long TIME = 1_600_000_000_123_456_789L;

    @TempDir
    Path root;

    private DiskSnapshotter open(LayerForm form) throws IOException {
        return DiskSnapshotter.open(
                root.resolve("store"), DiskSnapshotter.Options.defaults().withForm(form));
    }

    private void shell(Path directory, String script) throws Exception {
        Path said = root.resolve("shell.out");
        Process process = new ProcessBuilder("bash", "-e", "-c", script)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(() -> script + "\n" + read(said)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void assertShown(DiskSnapshotter snapshotter, Snapshot snapshot) throws IOException {
        try (MountedSnapshot mounted = snapshotter.mount(snapshot)) {
            assertThat(Listing.inTree(snapshotter.tree(snapshot))).isEqualTo(Listing.onDisk(mounted.root()));
        }
    }

    /** A tree with whatever Linux file systems can hold, the same for the same seed. */
    private void grow(Path top, long seed) throws Exception {
        Files.createDirectories(top);
        var random = new Random(seed);
        var directories = new ArrayList<>(List.of(top));
        for (int i = 0; i < 12; i++) {
            directories.add(Files.createDirectory(
                    directories.get(random.nextInt(directories.size())).resolve("d" + i)));
        }
        var files = new ArrayList<Path>();
        int[] sizes = {0, 1, 4031, 4032, 4033, 4095, 4096, 4097, 8192, 8193, 65536, 65537, 300_000};
        for (int i = 0; i < 120; i++) {
            Path directory = directories.get(random.nextInt(directories.size()));
            Path file = directory.resolve(i % 10 == 0 ? "n".repeat(252) + (100 + i) : "f" + i + "-ü");
            byte[] content = new byte[i < sizes.length ? sizes[i] : random.nextInt(20_000)];
            random.nextBytes(content);
            Files.write(file, content);
            String path = file.toString();
            LinuxFiles.chown(path, random.nextInt(70_000), random.nextInt(70_000));
            LinuxFiles.chmod(path, random.nextInt(010000));
            if (i % 9 == 0) {
                LinuxFiles.setXattr(path, "user.note", new byte[random.nextInt(1, 300)]);
            }
            files.add(file);
        }
        for (int i = 0; i < 20; i++) {
            Path directory = directories.get(random.nextInt(directories.size()));
            Files.createLink(directory.resolve("l" + i), files.get(random.nextInt(files.size())));
            LinuxFiles.makeSymlink(directory + "/s" + i, i == 0 ? "t".repeat(4000) : "../x" + i);
        }
        LinuxFiles.makeNode(top + "/null", NodeType.CHAR_DEVICE, 0640, 1, 3);
        LinuxFiles.makeNode(top + "/block", NodeType.BLOCK_DEVICE, 0600, 259, 70_000);
        LinuxFiles.makeNode(top + "/pipe", NodeType.FIFO, 0600, 0, 0);
        byte[] capability = HexFormat.of().parseHex("0100000200040000000000000000000000000000");
        LinuxFiles.setXattr(files.getFirst().toString(), "security.capability", capability);
        Path many = Files.createDirectory(top.resolve("many"));
        for (int i = 0; i < 5000; i++) {
            Files.createFile(many.resolve("entry-" + i));
        }
        int time = 0;
        for (Path directory : directories.reversed()) {
            LinuxFiles.chmod(directory.toString(), 0700 | random.nextInt(0100));
            LinuxFiles.setMtime(directory.toString(), TIME + time++);
        }
        shell(top, "printf x > \"$(printf 'odd-\\377-name')\"");
    }

    @ParameterizedTest
    @EnumSource
    void importedArchiveIsWhatGnuTarUnpacksAndWhatTheKernelShows(LayerForm form) throws Exception {
        long seed = 20_261_121;
        Path grown = root.resolve("grown");
        grow(grown, seed);
        shell(
                root,
                "tar --xattrs --xattrs-include='*' --format=posix -C grown -cf a.tar . && gzip -k a.tar"
                        + " && mkdir out && tar --xattrs --xattrs-include='*' -p -C out -xf a.tar");
        var expected = Listing.onDisk(root.resolve("out"));
        Digest diffId = Digest.of(Files.readAllBytes(root.resolve("a.tar")));
        try (DiskSnapshotter snapshotter = open(form)) {
            Digest first = null;
            for (String name : new String[] {"a.tar", "a.tar.gz"}) {
                SealedLayer layer;
                try (InputStream in = Files.newInputStream(root.resolve(name))) {
                    layer = snapshotter.importLayer(in, Optional.of(diffId));
                }
                Snapshot snapshot = layer.on(Snapshot.EMPTY);
                assertThat(Listing.inTree(snapshotter.tree(snapshot)))
                        .as("seed %s", seed)
                        .isEqualTo(expected);
                assertShown(snapshotter, snapshot);
                Digest digest = snapshotter.tree(snapshot).digest("", PathFilter.ALL);
                assertThat(first == null || first.equals(digest)).isTrue();
                first = digest;
            }
        }
    }

    private static Snapshot base(DiskSnapshotter snapshotter) throws IOException {
        try (LayerWriter writer = snapshotter.writeLayer("base")) {
            writer.directory("tmp", new Attributes(01777, 0, 0, TIME, Map.of()));
            writer.directory("d/sub/deep", new Attributes(0750, 1, 2, TIME, Map.of()));
            for (String path : List.of("d/a", "d/b", "d/sub/c", "d/sub/deep/e", "other/f")) {
                try (OutputStream out = writer.file(path, new Attributes(0644, 0, 0, TIME, Map.of()), path.length())) {
                    out.write(path.getBytes(UTF_8));
                }
            }
            writer.directory("empty", Attributes.ofMode(0755));
            return writer.seal().on(Snapshot.EMPTY);
        }
    }

    private Snapshot changed(DiskSnapshotter snapshotter, Snapshot base, String script) throws Exception {
        try (Workspace workspace = snapshotter.workspace(base)) {
            shell(workspace.root(), script);
            return workspace.seal();
        }
    }

    @ParameterizedTest
    @EnumSource
    void workspaceInWhichNothingEffectivelyChangedGivesItsBaseBack(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot base = base(snapshotter);
            for (String script : List.of(
                    "touch tmp/x && rm tmp/x",
                    "mkdir -p d/sub/new/deeper && rm -r d/sub/new",
                    "chmod 600 d/a && chmod 644 d/a",
                    "rmdir empty && mkdir empty")) {
                assertThat(changed(snapshotter, base, script)).as(script).isEqualTo(base);
            }
            for (String script :
                    List.of("chmod 700 tmp", "rm -r d/sub && mkdir d/sub", "echo x > tmp/x", "rm d/a", "chmod 700 .")) {
                assertThat(changed(snapshotter, base, script)).as(script).isNotEqualTo(base);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void workspaceThatWasOnlyVisitedIsNotUnmountedBeforeItGivesItsBaseBack(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot base = base(snapshotter);
            Path mounted;
            try (Workspace workspace = snapshotter.workspace(base)) {
                mounted = workspace.root();
                shell(mounted, "touch d/sub/x && rm d/sub/x");
                try (var reader = Files.newInputStream(mounted.resolve("d/a"))) {
                    assertThat(workspace.seal()).isEqualTo(base);
                    assertThat(reader.readAllBytes()).isEqualTo("d/a".getBytes(UTF_8));
                }
            }
            assertThat(Mounts.below(mounted.resolve(".."))).doesNotContain(mounted.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void sealedChangesAreWhatTheWorkspaceShowed(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot base = base(snapshotter);
            for (String script : List.of(
                    "echo new > d/new; rm d/a; mkdir tmp/m; ln d/b d/b2; ln -s a tmp/link",
                    "rm -r d; echo file > d",
                    "rm other/f; rmdir other; mkdir other; echo g > other/g",
                    "rm -r d; mkdir -p d/sub; echo x > d/sub/x",
                    "rm -r d/sub; mkdir -p d/sub/deep; echo y > d/sub/deep/y; chmod 700 d/sub/deep",
                    "mv d/b d/moved; chmod 4755 d/moved; chown 5:6 d/sub",
                    "mkfifo tmp/p; mknod tmp/n c 1 3",
                    "printf x > \"tmp/$(printf 'odd-\\377')\"; mkdir \"tmp/$(printf 'dir-\\376')\";"
                            + " printf y > \"tmp/$(printf 'dir-\\376')/ü\"",
                    "rm -rf ./*")) {
                assertSealedAsShown(snapshotter, base, script);
            }
        }
    }

    private void assertSealedAsShown(DiskSnapshotter snapshotter, Snapshot base, String script) throws Exception {
        Map<String, String> shown;
        Snapshot sealed;
        try (Workspace workspace = snapshotter.workspace(base)) {
            shell(workspace.root(), script);
            shown = Listing.onDisk(workspace.root());
            sealed = workspace.seal();
        }
        assertThat(Listing.inTree(snapshotter.tree(sealed))).as(script).isEqualTo(shown);
        assertShown(snapshotter, sealed);
    }

    @ParameterizedTest
    @EnumSource
    void fileThatOnlyGotOrLostNamesIsSealedAsTheWorkspaceShowedIt(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot base = changed(snapshotter, base(snapshotter), "ln d/a tmp/a; cp -p d/b tmp/b");
            assertSealedAsShown(snapshotter, base, "chmod 600 tmp/a; chmod 644 tmp/a");
            assertSealedAsShown(snapshotter, base, "ln -f d/b tmp/b");
        }
    }

    @ParameterizedTest
    @EnumSource
    void branchesOverOneBaseStackWithoutHidingEachOther(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot base = base(snapshotter);
            Snapshot one = changed(snapshotter, base, "mkdir out; echo 1 > out/one; echo 1 > d/sub/one");
            Snapshot two = changed(
                    snapshotter,
                    base,
                    "mkdir out; echo 2 > out/two; rm -r d/sub; mkdir -p d/sub/deep; echo 2 > d/sub/two");
            Snapshot both = one.plus(two.layers().getLast());
            Tree tree = snapshotter.tree(both);
            assertThat(tree.list("out").stream().map(Node::name)).containsExactly("one", "two");
            assertThat(tree.list("d/sub").stream().map(Node::name)).containsExactly("deep", "one", "two");
            assertThat(tree.list("d/sub/deep")).isEmpty();
            assertShown(snapshotter, both);
        }
    }

    @ParameterizedTest
    @EnumSource
    void editorKeepsHardLinksOfACopyTogether(LayerForm form) throws Exception {
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot source = changed(snapshotter, Snapshot.EMPTY, "mkdir s; echo x > s/a; ln s/a s/b; ln -s a s/c");
            Snapshot copied;
            try (TreeEditor editor = snapshotter.edit(base(snapshotter))) {
                editor.copy(snapshotter.tree(source), "s", "d/copy", TreeEditor.CopyOptions.PLAIN);
                editor.change(
                        "d/a", OptionalInt.of(0600), OptionalInt.empty(), OptionalInt.empty(), OptionalLong.empty());
                copied = editor.commit();
            }
            assertShown(snapshotter, copied);
            Snapshot part = snapshotter.subtree(snapshotter.tree(source), "s");
            assertShown(snapshotter, part);
            for (var at : Map.of(copied, "d/copy/", part, "").entrySet()) {
                try (MountedSnapshot mounted = snapshotter.mount(at.getKey())) {
                    String directory = mounted.root() + "/" + at.getValue();
                    assertThat(LinuxFiles.status(directory + "a").inode())
                            .isEqualTo(LinuxFiles.status(directory + "b").inode());
                    assertThat(LinuxFiles.status(directory + "b").links()).isEqualTo(2);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = "EROFS_FILE")
    void deepestPathIsKeptDigestedAndWalked(LayerForm form) throws Exception {
        int depth = 511;
        String path = "a/".repeat(depth) + "f";
        try (DiskSnapshotter snapshotter = open(form)) {
            Snapshot snapshot;
            try (LayerWriter writer = snapshotter.writeLayer("deep")) {
                writer.symlink(path, Attributes.ofMode(0777), "x");
                snapshot = writer.seal().on(Snapshot.EMPTY);
            }
            try (LayerWriter writer = snapshotter.writeLayer("too deep")) {
                assertThatThrownBy(() -> writer.directory("a/" + path, Attributes.ofMode(0755)))
                        .isInstanceOf(TreeException.class);
            }
            String deeper = "for i in $(seq 600); do mkdir a; cd a; done";
            assertThatThrownBy(() -> changed(snapshotter, Snapshot.EMPTY, deeper))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("nested more than 512 deep");
            Tree tree = snapshotter.tree(snapshot);
            assertThat(tree.find(path)).isPresent();
            assertThat(tree.digest("", PathFilter.ALL)).isNotNull();
            var count = new int[1];
            tree.walk("", PathFilter.ALL, _ -> count[0]++);
            assertThat(count[0]).isEqualTo(depth + 1);
            assertThat(snapshotter
                            .diff(snapshotter.tree(Snapshot.EMPTY), "", tree, "")
                            .layers())
                    .hasSize(1);
        }
    }

    /** An execution can leave a file in which there is nothing, and which nobody lives long enough to read. */
    @ParameterizedTest
    @ValueSource(ints = {1, 100})
    @Timeout(60)
    void sealingIsGivenUpInTheMiddleOfAFile(int files) throws Exception {
        var asked = new AtomicInteger();
        try (DiskSnapshotter snapshotter = open(LayerForm.DIRECTORY);
                Workspace workspace = snapshotter.workspace(Snapshot.EMPTY)) {
            for (int i = 0; i < files; i++) {
                try (var file =
                        new RandomAccessFile(workspace.root().resolve("f" + i).toFile(), "rw")) {
                    file.setLength(8L << 40);
                }
            }

            assertThatThrownBy(() -> workspace.seal(() -> asked.incrementAndGet() > 10))
                    .isInstanceOf(InterruptedIOException.class)
                    .hasMessageEndingWith(": nobody wants its contents any more");
        }
        assertThat(asked).hasValueLessThan(10 + 2 * files + 100);
    }

    @ParameterizedTest
    @EnumSource
    void streamsOfSeveralThreadsDoNotMixAndRefusedFilesTakeNoRoom(LayerForm form) throws Exception {
        long seed = 7;
        try (DiskSnapshotter snapshotter = open(form);
                LayerWriter writer = snapshotter.writeLayer("threads");
                var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            var expected = new TreeMap<String, byte[]>();
            var random = new Random(seed);
            var futures = new ArrayList<Future<?>>();
            for (int i = 0; i < 200; i++) {
                byte[] content = new byte[random.nextInt(90_000)];
                random.nextBytes(content);
                expected.put("f" + i, content);
                OutputStream out = writer.file("f" + i, Attributes.ofMode(0644), content.length);
                futures.add(pool.submit(() -> {
                    try (out) {
                        for (int at = 0; at < content.length; at += 777) {
                            out.write(content, at, Math.min(777, content.length - at));
                        }
                    }
                    return out;
                }));
            }
            for (Future<?> future : futures) {
                future.get(60, TimeUnit.SECONDS);
            }
            for (int i = 0; i < 1000; i++) {
                assertThatThrownBy(() -> writer.file("f0/below", Attributes.ofMode(0644), 1L << 34)
                                .close())
                        .isInstanceOf(TreeException.class);
            }
            Snapshot snapshot = writer.seal().on(Snapshot.EMPTY);
            Tree tree = snapshotter.tree(snapshot);
            for (var entry : expected.entrySet()) {
                try (InputStream in = tree.open(tree.find(entry.getKey()).orElseThrow())) {
                    assertThat(in.readAllBytes())
                            .as("%s, seed %s", entry.getKey(), seed)
                            .isEqualTo(entry.getValue());
                }
            }
            assertShown(snapshotter, snapshot);
        }
    }

    @Test
    void gzipOfSeveralPartsIsReadToItsEndFromAStreamThatTrickles() throws Exception {
        Files.writeString(Files.createDirectory(root.resolve("in")).resolve("file"), "x".repeat(100_000));
        shell(root, "tar -C in -cf parts.tar file");
        byte[] tar = Files.readAllBytes(root.resolve("parts.tar"));
        var parts = new ByteArrayOutputStream();
        for (int at = 0; at < tar.length; at += 5000) {
            try (var part = new GZIPOutputStream(parts)) {
                part.write(tar, at, Math.min(5000, tar.length - at));
            }
        }
        var bytes = new java.io.ByteArrayInputStream(parts.toByteArray());
        var trickle = new InputStream() {
            @Override
            public int read() {
                return bytes.read();
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                return bytes.read(into, offset, Math.min(length, 13));
            }
        };
        try (DiskSnapshotter snapshotter = open(LayerForm.EROFS_FILE)) {
            SealedLayer layer = snapshotter.importLayer(trickle, Optional.of(Digest.of(tar)));
            assertThat(snapshotter
                            .tree(layer.on(Snapshot.EMPTY))
                            .find("file")
                            .orElseThrow()
                            .size())
                    .isEqualTo(100_000);
        }
    }
}
