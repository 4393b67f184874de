package org.buildengine.session.hostfiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ServerServiceDefinition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostExport;
import org.buildengine.session.attachables.HostExport.Existing;
import org.buildengine.session.attachables.HostFiles;
import org.buildengine.session.transport.AttachedPair;
import org.buildengine.session.transport.ClientAttachment;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSink;
import org.buildengine.session.tree.TreeSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees that travel between a client's disk and an engine over a real attachment. */
class TransferTest {
    @TempDir
    Path home;

    private AttachedPair pair;
    private ClientAttachment client;
    private Attachables engine;
    private HostFiles files;
    private HostExport export;

    TransferTest() throws Exception {
        pair = AttachedPair.tcp();
    }

    @BeforeEach
    void attach() throws Exception {
        HostPaths paths = new HostPaths(home, home);
        client = pair.attach(services(paths));
        engine = pair.engineSide();
        files = new HostFiles(engine);
        export = new HostExport(engine);
    }

    /** What the client offers. */
    List<ServerServiceDefinition> services(HostPaths paths) {
        return List.of(new ClientFiles(paths).service(), new ClientExports(paths).service());
    }

    /** How a client that offers this says that the directory to import is missing. */
    Reason missing() {
        return Reason.REMOTE;
    }

    @AfterEach
    void detach() {
        engine.close();
        client.close();
        pair.close();
    }

    @Test
    void randomTreeArrivesAsItIs() throws Exception {
        long seed = System.nanoTime();
        Path source = Files.createDirectory(home.resolve("src"));
        fill(source, new Random(seed), 0);
        Files.createLink(source.resolve("zz-link"), Files.writeString(source.resolve("aa-first"), "shared"));
        Memory sink = new Memory();

        files.importDirectory(source.toString(), List.of(), List.of(), false, sink);

        assertThat(sink.asMap()).as("seed " + seed).isEqualTo(describe(source));
        assertThat(sink.entry("zz-link").hardLinkOf()).isEqualTo("aa-first");
    }

    @Test
    void filtersChooseAndKeepParents() throws Exception {
        write("src/a.txt", "a");
        write("src/b.log", "b");
        write("src/deep/er/c.txt", "c");
        write("src/deep/er/d.log", "d");
        write("src/none/e.log", "e");
        Memory sink = new Memory();

        files.importDirectory(home.resolve("src").toString(), List.of("**/*.txt"), List.of("a*"), false, sink);

        assertThat(sink.entries.keySet()).containsExactly("deep", "deep/er", "deep/er/c.txt");
    }

    @Test
    void ignoredFilesAreLeftOutAndTheIdsStillFit() throws Exception {
        write("src/.gitignore", "ign/\n*.tmp\n!keep.tmp\n");
        write("src/a.tmp", "no");
        write("src/ign/i", "no");
        write("src/keep.tmp", "kept");
        write("src/z", "last");
        Memory sink = new Memory();

        files.importDirectory(home.resolve("src").toString(), List.of(), List.of(), true, sink);

        assertThat(sink.entries.keySet()).containsExactly(".gitignore", "keep.tmp", "z");
        assertThat(sink.text("keep.tmp")).isEqualTo("kept");
        assertThat(sink.text("z")).isEqualTo("last");
    }

    @Test
    void fileThatGrowsShrinksOrVanishesFailsTheImportByName() throws Exception {
        Path file = write("src/changing", "0123456789");
        Map<String, Change> changes = new LinkedHashMap<>();
        changes.put("grows", () -> Files.writeString(file, "0123456789 and more"));
        changes.put("shrinks", () -> Files.writeString(file, "0123"));
        changes.put("vanishes", () -> Files.delete(file));
        for (Map.Entry<String, Change> change : changes.entrySet()) {
            Files.writeString(file, "0123456789");
            TreeSink sink = new Memory() {
                @Override
                public boolean accept(TreeEntry entry) throws IOException {
                    // Between the listing and the request for the content.
                    change.getValue().run();
                    return super.accept(entry);
                }
            };
            assertThatThrownBy(() ->
                            files.importDirectory(home.resolve("src").toString(), List.of(), List.of(), false, sink))
                    .as(change.getKey())
                    .isInstanceOf(HostException.class)
                    .hasMessageContaining("changing");
        }
    }

    @Test
    void missingPathsAreNotFound() throws Exception {
        assertThat(files.absolutePath("nope")).isEqualTo(home.resolve("nope").toString());
        assertThatThrownBy(() -> files.stat("nope", true))
                .isInstanceOfSatisfying(
                        HostException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NOT_FOUND));
        assertThatThrownBy(() -> files.importDirectory("nope", List.of(), List.of(), false, new Memory()))
                .isInstanceOfSatisfying(
                        HostException.class, e -> assertThat(e.reason()).isEqualTo(missing()))
                .hasMessageContaining("nope");
    }

    @Test
    void oneFileAndItsAttributesCanBeRead() throws Exception {
        Path file = write("one", "content");
        assertThat(files.readFile("one", 100)).asString(StandardCharsets.UTF_8).isEqualTo("content");
        assertThat(files.stat("one", false).size()).isEqualTo(7);
        assertThat(files.stat("one", false).path()).isEqualTo(file.toString());
        assertThatThrownBy(() -> files.readFile("one", 3)).hasMessageContaining("larger than");
    }

    @Test
    void slowSinkStallsOnlyItsOwnImport() throws Exception {
        byte[] big = new byte[24 * 1024 * 1024];
        new Random(7).nextBytes(big);
        Files.write(Files.createDirectory(home.resolve("big")).resolve("file"), big);
        write("small/file", "quick");
        CountDownLatch stalled = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Memory slow = new Memory() {
            @Override
            public OutputStream open(TreeEntry file) throws IOException {
                stalled.countDown();
                try {
                    assertThat(go.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                return super.open(file);
            }
        };
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var importing = threads.submit(() -> {
                files.importDirectory(home.resolve("big").toString(), List.of(), List.of(), false, slow);
                return true;
            });
            assertThat(stalled.await(20, TimeUnit.SECONDS)).isTrue();
            Memory quick = new Memory();
            files.importDirectory(home.resolve("small").toString(), List.of(), List.of(), false, quick);
            assertThat(quick.text("file")).isEqualTo("quick");
            assertThat(importing).isNotDone();
            go.countDown();
            assertThat(importing.get(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(slow.bytes("file")).isEqualTo(big);
    }

    @Test
    void exportWritesMergesAndWipes() throws Exception {
        write("out/old/file", "old");
        write("out/removed", "removed");
        Memory tree = new Memory();
        tree.add(TreeEntry.directory("bin", 0750, 1_000_000_001L), "");
        tree.add(TreeEntry.file("bin/tool", 0755, 4, 5_000_000_000L), "tool");
        tree.add(TreeEntry.file("empty", 0600, 0, 0), "");
        tree.add(TreeEntry.symlink("link", "bin/tool", 0), "");
        tree.add(TreeEntry.file("same", 0755, 4, 5_000_000_000L).asHardLinkOf("bin/tool"), "");

        export.exportDirectory(tree.asSource(), "out", Existing.MERGE, List.of("removed"));
        Map<String, String> merged = describe(home.resolve("out"));
        assertThat(merged).containsKeys("old/file", "bin/tool", "same").doesNotContainKey("removed");
        assertThat(DiskNode.read(home.resolve("out/bin")).mtimeNanos()).isEqualTo(1_000_000_001L);
        assertThat(Files.isSameFile(home.resolve("out/same"), home.resolve("out/bin/tool")))
                .isTrue();

        export.exportDirectory(tree.asSource(), "out", Existing.WIPE, List.of());
        assertThat(describe(home.resolve("out"))).isEqualTo(tree.asMap());
    }

    @Test
    void exportNeverLeavesItsDestination() throws Exception {
        Path outside = Files.createDirectory(home.resolve("outside"));
        Files.createSymbolicLink(Files.createDirectory(home.resolve("out")).resolve("dir"), outside);
        Memory through = new Memory();
        through.add(TreeEntry.directory("dir", 0755, 0), "");
        through.add(TreeEntry.file("dir/file", 0644, 1, 0), "x");
        export.exportDirectory(through.asSource(), "out", Existing.MERGE, List.of());
        assertThat(outside).isEmptyDirectory();
        assertThat(home.resolve("out/dir/file")).hasContent("x");

        assertThatThrownBy(() ->
                        export.exportDirectory(new Memory().asSource(), "out", Existing.MERGE, List.of("../outside/")))
                .hasMessageContaining("refused");
        assertThat(outside).exists();
    }

    @Test
    void fileExportsFollowTheRulesForDestinations() throws Exception {
        byte[] big = new byte[9_000_000];
        new Random(3).nextBytes(big);
        export.exportFile(new ByteArrayInputStream(big), "new/dir/big.bin", "big", false, 0644);
        assertThat(home.resolve("new/dir/big.bin")).hasBinaryContent(big);

        assertThatThrownBy(() -> export.exportFile(InputStream.nullInputStream(), "new", "a", false, 0644))
                .hasMessageContaining("is a directory");
        export.exportFile(InputStream.nullInputStream(), "new", "a", true, 0640);
        assertThat(home.resolve("new/a")).isEmptyFile();
        assertThatThrownBy(() -> export.exportFile(InputStream.nullInputStream(), "new", "../a", true, 0644))
                .hasMessageContaining("refused");
    }

    @FunctionalInterface
    private interface Change {
        void run() throws IOException;
    }

    private Path write(String path, String text) throws IOException {
        Path file = home.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, text);
    }

    private static void fill(Path directory, Random random, int depth) throws IOException {
        for (int i = 0; i < 6; i++) {
            Path child = directory.resolve("n" + i + (random.nextBoolean() ? ".x" : "-y"));
            int kind = random.nextInt(depth < 3 ? 4 : 2);
            if (kind >= 2) {
                fill(Files.createDirectory(child), random, depth + 1);
            } else if (kind == 1) {
                Files.createSymbolicLink(child, Path.of("../somewhere" + random.nextInt(100)));
            } else {
                byte[] content = new byte[random.nextInt(4) == 0 ? random.nextInt(300_000) : random.nextInt(200)];
                random.nextBytes(content);
                Files.write(child, content);
                Files.setAttribute(child, "unix:mode", random.nextBoolean() ? 04755 : 0640);
            }
        }
    }

    /** Path to type, mode, time and content of everything below a directory. */
    private static Map<String, String> describe(Path root) throws IOException {
        Map<String, String> found = new TreeMap<>();
        List<Path> all;
        try (Stream<Path> walk = Files.walk(root)) {
            all = walk.filter(p -> !p.equals(root)).toList();
        }
        for (Path path : all) {
            String name = root.relativize(path).toString();
            String target =
                    Files.isSymbolicLink(path) ? Files.readSymbolicLink(path).toString() : "";
            TreeEntry entry = DiskNode.read(path).toEntry(name, target);
            byte[] content =
                    Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.readAllBytes(path) : new byte[0];
            found.put(name, Memory.describe(entry, content));
        }
        return found;
    }

    /** A tree in memory, to receive or to send. */
    private static class Memory implements TreeSink {
        final Map<String, TreeEntry> entries = new LinkedHashMap<>();
        final Map<String, ByteArrayOutputStream> contents = new LinkedHashMap<>();

        @Override
        public boolean accept(TreeEntry entry) throws IOException {
            entries.put(entry.path(), entry);
            return true;
        }

        @Override
        public OutputStream open(TreeEntry file) throws IOException {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            contents.put(file.path(), out);
            return out;
        }

        TreeSource asSource() {
            return new TreeSource() {
                @Override
                public void walk(Visitor visitor) throws IOException, InterruptedException {
                    for (TreeEntry entry : new ArrayList<>(entries.values())) {
                        visitor.visit(entry);
                    }
                }

                @Override
                public Contents contents() {
                    return file -> new ByteArrayInputStream(bytes(file.path()));
                }
            };
        }

        void add(TreeEntry entry, String text) {
            entries.put(entry.path(), entry);
            ByteArrayOutputStream content = new ByteArrayOutputStream();
            content.writeBytes(text.getBytes(StandardCharsets.UTF_8));
            contents.put(entry.path(), content);
        }

        String text(String path) {
            return new String(bytes(path), StandardCharsets.UTF_8);
        }

        byte[] bytes(String path) {
            return Objects.requireNonNull(contents.get(path), path).toByteArray();
        }

        TreeEntry entry(String path) {
            return Objects.requireNonNull(entries.get(path), path);
        }

        Map<String, String> asMap() {
            Map<String, String> described = new TreeMap<>();
            entries.forEach((path, entry) -> {
                String from = entry.isHardLink() ? entry.hardLinkOf() : path;
                ByteArrayOutputStream content = contents.get(from);
                described.put(path, describe(entry, content == null ? new byte[0] : content.toByteArray()));
            });
            return described;
        }

        static String describe(TreeEntry entry, byte[] content) {
            boolean link = !entry.linkTarget().isEmpty();
            return entry.type() + " " + Integer.toOctalString(entry.mode()) + " " + (link ? 0 : entry.mtimeNanos())
                    + " " + entry.linkTarget() + " " + content.length + " " + java.util.Arrays.hashCode(content);
        }
    }
}
