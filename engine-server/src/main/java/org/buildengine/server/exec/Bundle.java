package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.TreeRemoval;

/**
 * The small files of one execution: its specification, what is mounted from the engine, the runtime's own state. In
 * memory, since secrets are among them; deleted by closing. Used by one thread.
 */
final class Bundle implements Closeable {
    private static final AtomicLong COUNTER = new AtomicLong();
    private static final String BOOT = Long.toString(System.currentTimeMillis(), 36);

    private final String id;
    private final Path directory;

    private Bundle(String id, Path directory) {
        this.id = id;
        this.directory = directory;
    }

    /** Makes one whose name no other has, also none of an earlier daemon. */
    static Bundle create(Path run) throws IOException {
        String id = "exec-" + BOOT + "-" + COUNTER.incrementAndGet();
        Path directory = Files.createDirectory(
                run.resolve(id), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return new Bundle(id, directory);
    }

    String id() {
        return id;
    }

    Path directory() {
        return directory;
    }

    Path state() {
        return directory.resolve("state");
    }

    Path log() {
        return directory.resolve("log");
    }

    /** Writes a file that only its owner can read. */
    Path write(String name, byte[] content) throws IOException {
        Path file = directory.resolve(name);
        try (var channel = Files.newByteChannel(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            var buffer = java.nio.ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
        return file;
    }

    /** Writes a file with these rights. */
    Path write(String name, byte[] content, int mode, int uid, int gid) throws IOException {
        Path file = write(name, content);
        if (uid != 0 || gid != 0) {
            LinuxFiles.chown(file.toString(), uid, gid);
        }
        LinuxFiles.chmod(file.toString(), mode);
        return file;
    }

    @Override
    public void close() throws IOException {
        TreeRemoval.remove(directory.toString());
    }
}
