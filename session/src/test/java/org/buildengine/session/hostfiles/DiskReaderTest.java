package org.buildengine.session.hostfiles;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.buildengine.session.tree.EntryType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both readers give the same of the same disk; what only the one for Linux promises is asked of that alone. */
class DiskReaderTest {
    private static final int DEEP = 300;
    private static final int MANY = 100_000;

    @TempDir
    Path root;

    /** The kinds of readers. */
    enum Kind {
        PORTABLE,
        LINUX;

        DiskReader below(Path root) {
            assumeTrue(this == PORTABLE || LinuxCalls.exist(), "this system has other calls");
            return this == PORTABLE ? new PortableReader(root) : new LinuxReader(root);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nodesOfEveryKindAreTold(Kind kind) throws Exception {
        Path file = Files.writeString(root.resolve("file"), "content");
        Files.createLink(root.resolve("second"), file);
        Files.setAttribute(file, "unix:mode", 04751);
        Files.setLastModifiedTime(file, FileTime.from(Instant.ofEpochSecond(5, 123_456_789)));
        Files.createDirectory(root.resolve("directory"));
        Files.setPosixFilePermissions(root.resolve("directory"), PosixFilePermissions.fromString("rwx-w---x"));
        Files.createSymbolicLink(root.resolve("link"), Path.of("../nowhere"));
        assertThat(new ProcessBuilder("mkfifo", root.resolve("pipe").toString())
                        .start()
                        .waitFor(10, TimeUnit.SECONDS))
                .isTrue();

        Map<String, DiskChild> found = list(kind, "");

        assertThat(found.keySet()).containsExactly("directory", "file", "link", "pipe", "second");
        DiskNode node = told(found, "file").node();
        assertThat(node.type()).isEqualTo(EntryType.FILE);
        assertThat(node.permissions()).isEqualTo(04751);
        assertThat(node.size()).isEqualTo(7);
        assertThat(node.mtimeNanos()).isEqualTo(5_123_456_789L);
        assertThat(node.links()).isEqualTo(2);
        assertThat(told(found, "second").node()).isEqualTo(node);
        assertThat(told(found, "directory").node().type()).isEqualTo(EntryType.DIRECTORY);
        assertThat(told(found, "directory").node().permissions()).isEqualTo(0721);
        assertThat(told(found, "link").node().type()).isEqualTo(EntryType.SYMLINK);
        assertThat(told(found, "link").linkTarget()).isEqualTo("../nowhere");
        assertThat(told(found, "pipe").node().type()).isEqualTo(EntryType.FIFO);
        assertThat(told(found, "file").linkTarget()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void devicesAreToldWithTheirNumbers(Kind kind) throws Exception {
        try (DiskReader reader = kind.below(Path.of("/dev"))) {
            DiskNode device = reader.list("").stream()
                    .filter(child -> child.name().equals("null"))
                    .findFirst()
                    .orElseThrow()
                    .node();
            assertThat(device.type()).isEqualTo(EntryType.CHARACTER_DEVICE);
            assertThat(device.deviceMajor()).isEqualTo(1);
            assertThat(device.deviceMinor()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @EnumSource
    void namesOfEveryLengthArrive(Kind kind) throws Exception {
        for (int length = 1; length <= 255; length++) {
            Files.createFile(root.resolve("n".repeat(length)));
        }

        assertThat(list(kind, "").keySet())
                .hasSize(255)
                .allSatisfy(name -> assertThat(name).matches("n+"))
                .contains("n", "n".repeat(255));
    }

    @ParameterizedTest
    @EnumSource
    void contentsOfEverySizeArrive(Kind kind) throws Exception {
        Path directory = Files.createDirectories(root.resolve("a/b"));
        byte[] bytes = new byte[300_000];
        new java.util.Random(1).nextBytes(bytes);
        Files.write(directory.resolve("large"), bytes);
        Files.createFile(directory.resolve("empty"));
        Files.writeString(root.resolve("top"), "text");

        try (DiskReader reader = kind.below(root)) {
            assertThat(content(reader, "a/b/large")).isEqualTo(bytes);
            assertThat(content(reader, "a/b/empty")).isEmpty();
            assertThat(content(reader, "top")).asString(StandardCharsets.UTF_8).isEqualTo("text");
            try (InputStream in = reader.open("top")) {
                assertThat(in.read()).isEqualTo('t');
                assertThat(in.read(new byte[9], 0, 0)).isZero();
                assertThat(in.read(new byte[9], 2, 2)).isEqualTo(2);
                assertThat(in.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("t");
                assertThat(in.read()).isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aHugeSparseFileHasItsSizeAndCanBeBegun(Kind kind) throws Exception {
        long size = 5L << 30;
        try (var file = new RandomAccessFile(root.resolve("sparse").toFile(), "rw")) {
            file.setLength(size);
        }

        assertThat(told(list(kind, ""), "sparse").node().size()).isEqualTo(size);
        try (DiskReader reader = kind.below(root);
                InputStream in = reader.open("sparse")) {
            assertThat(in.readNBytes(1000)).containsOnly(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLargeDirectoryIsListedWhole(Kind kind) throws Exception {
        Path first = Files.createFile(root.resolve("000000"));
        for (int i = 1; i < MANY; i++) {
            Path name = root.resolve("%06d".formatted(i));
            // Links are made quicker than files; a file has 65 000 names at most on some file systems.
            if (i % 10_000 == 0) {
                first = Files.createFile(name);
            } else {
                Files.createLink(name, first);
            }
        }

        assertThat(list(kind, "")).hasSize(MANY).containsKeys("000000", "099999");
    }

    @ParameterizedTest
    @EnumSource
    void deepTreesAreReadUpAndDown(Kind kind) throws Exception {
        // Names of one letter: the path of all is shorter than what one call of the system takes.
        String deepest = "d/".repeat(DEEP) + "d";
        Files.createDirectories(root.resolve(deepest));
        try (DiskReader reader = kind.below(root)) {
            for (int depth = 1; depth <= DEEP; depth++) {
                String directory = "d/".repeat(depth - 1) + "d";
                Files.writeString(root.resolve(directory).resolve("e"), "at " + depth);
                assertThat(reader.list(directory)).extracting(DiskChild::name).containsExactlyInAnyOrder("d", "e");
            }
            for (int depth = DEEP; depth > 0; depth--) {
                assertThat(content(reader, "d/".repeat(depth) + "e"))
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("at " + depth);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theSameDirectoryCanBeListedAgain(Kind kind) throws Exception {
        Files.createDirectory(root.resolve("sub"));
        try (DiskReader reader = kind.below(root)) {
            assertThat(reader.list("sub")).isEmpty();
            Files.createFile(root.resolve("sub/new"));
            assertThat(reader.list("sub")).extracting(DiskChild::name).containsExactly("new");
            assertThat(reader.list("")).extracting(DiskChild::name).containsExactly("sub");
            assertThat(reader.list("")).extracting(DiskChild::name).containsExactly("sub");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsMissingIsSaidByItsPath(Kind kind) throws Exception {
        Files.createFile(root.resolve("file"));
        try (DiskReader reader = kind.below(root)) {
            assertThatThrownBy(() -> reader.list("none/such"))
                    .isInstanceOf(NoSuchFileException.class)
                    .hasMessageContaining("none");
            assertThatThrownBy(() -> reader.list("file"))
                    .isInstanceOf(NotDirectoryException.class)
                    .hasMessageContaining(root.resolve("file").toString());
            assertThatThrownBy(() -> content(reader, "none"))
                    .isInstanceOf(NoSuchFileException.class)
                    .hasMessageContaining(root.resolve("none").toString());
            // and it goes on
            assertThat(reader.list("")).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileReplacedByALinkIsNotFollowed(Kind kind) throws Exception {
        Path secret = Files.writeString(root.resolve("secret"), "secret");
        Path tree = Files.createDirectory(root.resolve("tree"));
        Files.createSymbolicLink(tree.resolve("file"), secret);
        try (DiskReader reader = kind.below(tree)) {
            assertThatThrownBy(() -> content(reader, "file"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("symbolic link");
        }
    }

    @ParameterizedTest
    @EnumSource(names = "LINUX")
    void aDirectoryReplacedByALinkIsNotFollowed(Kind kind) throws Exception {
        Files.writeString(Files.createDirectory(root.resolve("outside")).resolve("file"), "secret");
        Path tree = Files.createDirectory(root.resolve("tree"));
        Files.createDirectories(tree.resolve("above/inner"));
        try (DiskReader reader = kind.below(tree)) {
            assertThat(reader.list("above")).hasSize(1);
            Files.delete(tree.resolve("above/inner"));
            Files.createSymbolicLink(tree.resolve("above/inner"), root.resolve("outside"));

            assertThatThrownBy(() -> reader.list("above/inner")).isInstanceOf(NotDirectoryException.class);
            assertThatThrownBy(() -> content(reader, "above/inner/file")).isInstanceOf(NotDirectoryException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "LINUX")
    void aPipeInPlaceOfAFileDoesNotBlock(Kind kind) throws Exception {
        assertThat(new ProcessBuilder("mkfifo", root.resolve("file").toString())
                        .start()
                        .waitFor(10, TimeUnit.SECONDS))
                .isTrue();
        try (DiskReader reader = kind.below(root)) {
            assertThat(content(reader, "file")).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = "LINUX")
    void namesThatAreNotUtf8AreNotReadable(Kind kind) throws Exception {
        assertThat(new ProcessBuilder(
                                "sh",
                                "-c",
                                "cd \"$1\" && : >\"$(printf 'odd\\377')\" && : >caf\u00e9 && ln -s \"$(printf '\\200')\" link",
                                "sh",
                                root.toString())
                        .start()
                        .waitFor(10, TimeUnit.SECONDS))
                .isTrue();

        Map<String, DiskChild> found = list(kind, "");

        assertThat(found).hasSize(3).containsKeys("link");
        assertThat(found.keySet()).filteredOn(name -> !Names.isReadable(name)).hasSize(1);
        assertThat(Names.isReadable(told(found, "link").linkTarget())).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = "LINUX")
    void aNameLongerThanAnyIsAFailureOfThatFile(Kind kind) {
        try (DiskReader reader = kind.below(root)) {
            assertThatThrownBy(() -> content(reader, "n".repeat(256)))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("File name too long");
            assertThatThrownBy(() -> content(reader, "n".repeat(5000)))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessageContaining("the name is too long");
        }
    }

    @ParameterizedTest
    @EnumSource(names = "LINUX")
    void nothingStaysOpen(Kind kind) throws Exception {
        Files.createDirectories(root.resolve("a/b/c"));
        Files.writeString(root.resolve("a/b/c/file"), "text");
        try (DiskReader reader = kind.below(root)) {
            assertThat(reader.list("a/b/c")).hasSize(1);
            assertThat(content(reader, "a/b/c/file")).hasSize(4);
            assertThat(openBelowRoot()).isNotEmpty();
        }
        assertThat(openBelowRoot()).isEmpty();
    }

    private List<Path> openBelowRoot() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(link -> {
                        try {
                            return Files.readSymbolicLink(link);
                        } catch (IOException closed) {
                            return Path.of("closed");
                        }
                    })
                    .filter(target -> target.startsWith(root))
                    .toList();
        }
    }

    private Map<String, DiskChild> list(Kind kind, String directory) throws IOException {
        Map<String, DiskChild> found = new TreeMap<>();
        try (DiskReader reader = kind.below(root)) {
            reader.list(directory).forEach(child -> found.put(child.name(), child));
        }
        return found;
    }

    private static DiskChild told(Map<String, DiskChild> children, String name) {
        return Objects.requireNonNull(children.get(name), name);
    }

    private static byte[] content(DiskReader reader, String file) throws IOException {
        try (InputStream in = reader.open(file)) {
            return in.readAllBytes();
        }
    }
}
