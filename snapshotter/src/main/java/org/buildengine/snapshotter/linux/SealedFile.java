package org.buildengine.snapshotter.linux;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A copy of a file that is only in memory and that nobody can change any more, not even this process: its seals are for
 * ever. It may be executed. Gone with the process, or when it is closed and nobody else has it open. Made and closed on
 * platform threads; memfd_create(2) and F_ADD_SEALS in fcntl(2) are what it stands on.
 */
public final class SealedFile implements Closeable {
    private static final int CLOEXEC = 1;
    private static final int ALLOW_SEALING = 2;
    /** Known since Linux 6.3, where the kernel would like to be told; what older kernels do anyway. */
    private static final int EXEC = 16;

    private static final int NO_MORE_SEALS = 1;
    private static final int NO_SHRINKING = 2;
    private static final int NO_GROWING = 4;
    private static final int NO_WRITING = 8;

    private final Descriptor descriptor;

    private SealedFile(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Copies a file.
     *
     * @throws LinuxException if the kernel has no such files, or allows none that can be executed
     */
    public static SealedFile copyOf(Path file) throws IOException {
        Descriptor descriptor = create(file.getFileName().toString());
        try {
            try (OutputStream into = Files.newOutputStream(descriptor.path())) {
                Files.copy(file, into);
            }
            int sealed = Libc.addSeals(descriptor.number(), NO_MORE_SEALS | NO_SHRINKING | NO_GROWING | NO_WRITING);
            if (sealed < 0) {
                throw new LinuxException(-sealed, "seal the copy of", file.toString());
            }
            return new SealedFile(descriptor);
        } catch (IOException | RuntimeException e) {
            descriptor.close();
            throw e;
        }
    }

    private static Descriptor create(String name) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            var text = FileNames.allocate(arena, name);
            int created = Libc.memfdCreate(text, CLOEXEC | ALLOW_SEALING | EXEC);
            if (created == -Errno.EINVAL) {
                created = Libc.memfdCreate(text, CLOEXEC | ALLOW_SEALING);
            }
            if (created < 0) {
                throw new LinuxException(-created, "make a file in memory for", name);
            }
            return new Descriptor(created);
        }
    }

    /** A path under which every process of this user can open or execute it, as long as it is open here. */
    public Path path() throws IOException {
        return Path.of("/proc")
                .resolve(Files.readSymbolicLink(Path.of("/proc/self")))
                .resolve("fd/" + descriptor.number());
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
