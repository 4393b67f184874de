package org.buildengine.snapshotter.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.NodeType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxFilesTest {
    @TempDir
    Path directory;

    private static DirectoryScan.Entry entry(Map<String, DirectoryScan.Entry> found, String name) {
        return Optional.ofNullable(found.get(name)).orElseThrow();
    }

    @Test
    void scanTellsTypeSizeModeTimeAndTargetOfEveryEntry() throws IOException {
        Files.writeString(directory.resolve("file"), "hello");
        LinuxFiles.chmod(directory.resolve("file").toString(), 04750);
        LinuxFiles.setMtime(directory.resolve("file").toString(), -1_500_000_001L);
        LinuxFiles.link(
                directory.resolve("file").toString(),
                directory.resolve("other name").toString());
        LinuxFiles.makeSymlink(directory.resolve("link").toString(), "no/where/é");
        LinuxFiles.makeNode(directory.resolve("fifo").toString(), NodeType.FIFO, 0600, 0, 0);
        Files.createDirectory(directory.resolve("dîr"));
        var found = new TreeMap<String, DirectoryScan.Entry>();
        try (var scan = new DirectoryScan()) {
            scan.list(directory.toString()).forEach(entry -> found.put(entry.name(), entry));
        }
        assertThat(found.keySet()).containsExactlyInAnyOrder("file", "other name", "link", "fifo", "dîr");
        FileStatus file = entry(found, "file").status();
        assertThat(file.type()).isEqualTo(NodeType.FILE);
        assertThat(file.mode()).isEqualTo(04750);
        assertThat(file.size()).isEqualTo(5);
        assertThat(file.links()).isEqualTo(2);
        assertThat(file.mtimeNanos()).isEqualTo(-1_500_000_001L);
        assertThat(file.inode()).isEqualTo(entry(found, "other name").status().inode());
        assertThat(entry(found, "link").linkTarget()).isEqualTo("no/where/é");
        assertThat(entry(found, "fifo").status().type()).isEqualTo(NodeType.FIFO);
        assertThat(entry(found, "dîr").status().type()).isEqualTo(NodeType.DIRECTORY);
    }

    @Test
    void rightsAreThoseOfTheFileItselfAndNotOfWhatItLeadsTo() throws IOException {
        String file = Files.writeString(directory.resolve("file"), "x").toString();
        String link = directory.resolve("link").toString();
        LinuxFiles.makeSymlink(link, "file");
        LinuxFiles.chmod(file, 0640);
        assertThatExceptionOfType(LinuxException.class).isThrownBy(() -> LinuxFiles.chmod(link, 0777));
        assertThat(LinuxFiles.status(file).mode()).isEqualTo(0640);
        // as where the kernel lacks the newer call
        LinuxFiles.chmodOpened(file, 04711);
        assertThatExceptionOfType(LinuxException.class).isThrownBy(() -> LinuxFiles.chmodOpened(link, 0777));
        assertThat(LinuxFiles.status(file).mode()).isEqualTo(04711);
    }

    @Test
    void namesChangePlacesWhateverTheyAre() throws IOException {
        Path one = Files.createDirectory(directory.resolve("one"));
        Files.writeString(one.resolve("inside"), "1");
        Path other = Files.writeString(directory.resolve("other"), "2");
        LinuxFiles.exchange(one.toString(), other.toString());
        assertThat(Files.readString(one)).isEqualTo("2");
        assertThat(Files.readString(other.resolve("inside"))).isEqualTo("1");
        assertThatThrownBy(() -> LinuxFiles.exchange(one.toString(), directory + "/none"))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
                .hasMessageContaining("exchange with " + directory + "/none");
    }

    @Test
    void threadCanBeServedLastByTheDisk() throws Exception {
        try (var thread = Executors.newSingleThreadExecutor()) {
            assertThat(thread.submit(DiskPriority::idle).get()).isTrue();
        }
    }

    @Test
    void scanReadsDirectoriesOfManyBatches() throws IOException {
        String stem = "n".repeat(200);
        for (int i = 0; i < 1500; i++) {
            Files.createFile(directory.resolve(stem + i));
        }
        try (var scan = new DirectoryScan()) {
            assertThat(scan.list(directory.toString()).stream().map(DirectoryScan.Entry::name))
                    .hasSize(1500)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void failureSaysPathCallAndReason() {
        String missing = directory.resolve("missing").toString();
        assertThatThrownBy(() -> LinuxFiles.status(missing))
                .isInstanceOfSatisfying(LinuxException.class, e -> {
                    assertThat(e.errno()).isEqualTo(Errno.ENOENT);
                    assertThat(e.call()).isEqualTo("statx");
                })
                .hasMessage(missing + ": statx: No such file or directory");
        assertThat(new LinuxException(Errno.ENOSPC, "write", "x")).hasMessageContaining("free some space");
    }

    @Test
    void removalTakesTreesThatAreDeeperThanAnyPathAndFollowsNoLink() throws Exception {
        Path victim = Files.createDirectory(directory.resolve("victim"));
        Path precious = Files.createDirectory(directory.resolve("precious"));
        Files.writeString(precious.resolve("keep"), "x");
        String name = "d".repeat(50);
        // Built from the inside out, since no path reaches the bottom: 600 levels are 30 000 characters.
        Path inner = Files.createDirectory(directory.resolve("start"));
        Files.createSymbolicLink(inner.resolve("out"), precious);
        for (int i = 0; i < 600; i++) {
            Path outer = Files.createDirectory(directory.resolve("level" + i));
            Files.createFile(outer.resolve("file"));
            Files.move(inner, outer.resolve(name));
            inner = outer;
        }
        Files.move(inner, victim.resolve("tree"));
        for (int i = 0; i < 3000; i++) {
            Files.createFile(victim.resolve("file" + i));
        }
        Files.createDirectory(victim.resolve("deep-0"));
        TreeRemoval.remove(victim.toString());
        assertThat(victim).doesNotExist();
        assertThat(precious.resolve("keep")).hasContent("x");
        TreeRemoval.remove(victim.toString());
    }

    @Test
    void anonymousFileAppearsOnlyWhenItIsLinked() throws IOException {
        Path name = directory.resolve("name");
        try (AnonymousFile file = AnonymousFile.open(directory.toString())) {
            assertThat(file.channel().write(ByteBuffer.wrap(new byte[] {1, 2, 3})))
                    .isEqualTo(3);
            assertThat(directory).isEmptyDirectory();
            file.link(name.toString());
            assertThatThrownBy(() -> file.link(name.toString()))
                    .isInstanceOfSatisfying(
                            LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
        }
        assertThat(name).hasBinaryContent(new byte[] {1, 2, 3});
    }

    @Test
    void rangesAreCopiedInTheKernel() throws IOException {
        Path from = Files.writeString(directory.resolve("from"), "0123456789");
        Path to = Files.writeString(directory.resolve("to"), "abcdefghij");
        try (Descriptor in = Descriptor.file(from.toString());
                Descriptor out = Descriptor.file(to.toString())) {
            assertThat(LinuxFiles.copyRange(in, 3, out, 5, 4)).isEqualTo(4);
            assertThat(LinuxFiles.copyRange(in, 8, out, 0, 100)).isEqualTo(2);
        }
        assertThat(to).hasContent("89cde3456j");
    }

    @Test
    void lockIsExclusiveUntilItsDescriptorIsClosed() throws IOException {
        String file = directory.resolve("lock").toString();
        try (Descriptor second = Descriptor.file(file)) {
            try (Descriptor first = Descriptor.file(file)) {
                assertThat(first.tryLock()).isTrue();
                assertThat(second.tryLock()).isFalse();
            }
            assertThat(second.tryLock()).isTrue();
        }
    }

    @Test
    void virtualThreadsAreRefusedAndServedByThePool() throws Exception {
        try (var virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(virtual.submit(() -> {
                                assertThatThrownBy(() -> LinuxFiles.status(directory.toString()))
                                        .isInstanceOf(IllegalStateException.class);
                                return NativeThreads.run(() -> LinuxFiles.status(directory.toString()))
                                        .type();
                            })
                            .get(30, TimeUnit.SECONDS))
                    .isEqualTo(NodeType.DIRECTORY);
        }
        assertThatThrownBy(() -> NativeThreads.run(() -> {
                    throw new IOException("as it was");
                }))
                .hasMessage("as it was");
    }

    @Test
    void linkIsKnownFromWhatItLeadsToAndFromNothing() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), directory.resolve("missing"));
        assertThat(LinuxFiles.isLink(link.toString())).isTrue();
        assertThat(LinuxFiles.isLink(dangling.toString())).isTrue();
        assertThat(LinuxFiles.isLink(file.toString())).isFalse();
        assertThat(LinuxFiles.isLink(directory.toString())).isFalse();
        assertThat(LinuxFiles.isLink(directory.resolve("missing").toString())).isFalse();
        assertThat(LinuxFiles.isLink(file.resolve("below").toString())).isFalse();
    }
}
