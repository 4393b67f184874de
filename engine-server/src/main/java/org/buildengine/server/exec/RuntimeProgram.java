package org.buildengine.server.exec;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.SealedFile;

/**
 * The program of a runtime, as it is started. A runtime that finds that its file could be written to, by a container that got
 * hold of it (CVE-2019-5736), makes a copy of itself for each container and starts again as that, which is a third of what
 * crun does for a short command. Started as a sealed copy from the beginning it does not, and is as safe. Closing gives the
 * copy up.
 *
 * @param path what is executed
 * @param copy what stands behind the path, unless it is the installed file
 */
record RuntimeProgram(Path path, Optional<SealedFile> copy) implements Closeable {
    private static final System.Logger LOG = System.getLogger(RuntimeProgram.class.getName());

    /** The file as it was installed. */
    static RuntimeProgram installed(Path file) {
        return new RuntimeProgram(file, Optional.empty());
    }

    /**
     * A sealed copy of it; empty if the kernel makes none.
     *
     * @param run where a link to the copy is put, by which processes get the name of the program
     */
    static Optional<RuntimeProgram> sealed(Path file, Path run) {
        try {
            SealedFile copy = NativeThreads.run(() -> SealedFile.copyOf(file));
            try {
                Path link = run.resolve(file.getFileName());
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, copy.path());
                return Optional.of(new RuntimeProgram(link, Optional.of(copy)));
            } catch (IOException e) {
                copy.close();
                throw e;
            }
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "containers are started by {0} itself: {1}", file, e.getMessage());
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        if (copy.isPresent()) {
            Files.deleteIfExists(path);
            copy.get().close();
        }
    }
}
