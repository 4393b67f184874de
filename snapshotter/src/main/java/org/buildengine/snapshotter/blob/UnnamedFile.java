package org.buildengine.snapshotter.blob;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.buildengine.snapshotter.linux.AnonymousFile;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;

/** A file that gets its final name when it is complete. Platform threads only, except for the channel. */
interface UnnamedFile extends Closeable {
    FileChannel channel();

    /** Gives the file its name; a file of this name that is there already stays, since equal names mean equal bytes. */
    void name(Path place) throws IOException;

    /** Opens one: without any name where the file system can do that, else under a temporary one. */
    static UnnamedFile open(Path directory) throws IOException {
        try {
            return new Anonymous(AnonymousFile.open(directory.toString()));
        } catch (LinuxException e) {
            if (e.errno() != Errno.EOPNOTSUPP && e.errno() != Errno.EISDIR) {
                throw e;
            }
            return Temporary.create(directory);
        }
    }

    /** A file that never had a name. */
    record Anonymous(AnonymousFile file) implements UnnamedFile {
        @Override
        public FileChannel channel() {
            return file.channel();
        }

        @Override
        public void name(Path place) throws IOException {
            try {
                file.link(place.toString());
            } catch (LinuxException e) {
                if (e.errno() != Errno.EEXIST) {
                    throw e;
                }
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    /** A file with a name that start-up clears away. */
    record Temporary(Path path, FileChannel channel) implements UnnamedFile {
        static Temporary create(Path directory) throws IOException {
            Path path = directory.resolve("blob-" + UUID.randomUUID());
            return new Temporary(
                    path,
                    FileChannel.open(
                            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
        }

        @Override
        public void name(Path place) throws IOException {
            Files.move(path, place, StandardCopyOption.ATOMIC_MOVE);
        }

        @Override
        public void close() throws IOException {
            try (channel) {
                Files.deleteIfExists(path);
            }
        }
    }
}
