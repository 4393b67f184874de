package org.buildengine.snapshotter.crash;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.linux.Mounts;

/** A small file system of its own in a file. What is below its directory is unmounted with it. */
final class LoopDisk implements Closeable {
    private final Path directory;
    private final String device;

    private LoopDisk(Path directory, String device) {
        this.directory = directory;
        this.device = device;
    }

    /** Makes a file and a file system in it. */
    static void format(Path file, long bytes, String... options) throws Exception {
        try (var made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(bytes);
        }
        var command = new ArrayList<>(List.of("mkfs.ext4", "-q", "-F", "-m", "0", "-E"));
        command.add("nodiscard,lazy_itable_init=0,lazy_journal_init=0");
        command.addAll(List.of(options));
        command.add(file.toString());
        run(command.toArray(String[]::new));
    }

    /** The same with an XFS, which can clone a file in one instant. */
    static void formatXfs(Path file, long bytes) throws Exception {
        try (var made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(bytes);
        }
        run("mkfs.xfs", "-q", "-f", "-m", "reflink=1", file.toString());
    }

    /** Mounts what is in a file; direct I/O keeps the kernel from knowing the bytes of the disk in two ways. */
    static LoopDisk mount(Path file, Path directory) throws Exception {
        Files.createDirectories(directory);
        String device = run("losetup", "--find", "--show", "--direct-io=on", file.toString())
                .strip();
        try {
            run("mount", device, directory.toString());
            return new LoopDisk(directory, device);
        } catch (Exception | AssertionError e) {
            run("losetup", "--detach", device);
            throw e;
        }
    }

    /** Where it is mounted. */
    Path directory() {
        return directory;
    }

    /** Its block device. */
    String device() {
        return device;
    }

    long free() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    static String run(String... command) throws IOException {
        Process process =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        assertThat(process.exitValue())
                .as(String.join(" ", command) + ": " + said)
                .isZero();
        return said;
    }

    @Override
    public void close() throws IOException {
        try (Closeable _ = this::detach) {
            for (String below : Mounts.below(directory)) {
                Mounts.detach(below);
            }
            unmount();
        }
    }

    private void unmount() throws IOException {
        try {
            run("umount", directory.toString());
        } catch (AssertionError e) {
            Mounts.detach(directory.toString());
            throw e;
        }
    }

    private void detach() throws IOException {
        run("losetup", "--detach", device);
    }
}
