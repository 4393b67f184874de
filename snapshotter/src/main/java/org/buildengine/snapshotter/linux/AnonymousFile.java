package org.buildengine.snapshotter.linux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/**
 * A file without a name: it is gone with the process, and gets a name only when it is complete. Opening and naming are
 * for platform threads; the channel is for anybody.
 */
public final class AnonymousFile implements Closeable {
    private final Descriptor descriptor;
    private final FileChannel channel;

    private AnonymousFile(Descriptor descriptor, FileChannel channel) {
        this.descriptor = descriptor;
        this.channel = channel;
    }

    /**
     * Opens one on the file system of {@code directory}.
     *
     * @throws LinuxException with {@link Errno#EOPNOTSUPP} or {@link Errno#EISDIR} where the file system cannot
     */
    public static AnonymousFile open(String directory) throws IOException {
        Descriptor descriptor =
                Descriptor.open(directory, Descriptor.O_TMPFILE | Descriptor.O_RDWR | Descriptor.O_CLOEXEC, 0644);
        try {
            return new AnonymousFile(
                    descriptor, FileChannel.open(descriptor.path(), StandardOpenOption.READ, StandardOpenOption.WRITE));
        } catch (IOException | RuntimeException e) {
            descriptor.close();
            throw e;
        }
    }

    /** The bytes. */
    public FileChannel channel() {
        return channel;
    }

    /**
     * Gives the file its name.
     *
     * @throws LinuxException with {@link Errno#EEXIST} if the name is taken
     */
    public void link(String path) throws LinuxException {
        LinuxFiles.link(descriptor.path().toString(), path, Libc.AT_SYMLINK_FOLLOW);
    }

    @Override
    public void close() throws IOException {
        try (descriptor) {
            channel.close();
        }
    }
}
