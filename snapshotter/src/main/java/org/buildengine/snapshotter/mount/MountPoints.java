package org.buildengine.snapshotter.mount;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.Mounts;

/**
 * The directories in {@code mnt/}, one per mount. Those of mounts that have ended serve later ones: a new name costs the kernel's
 * journal more than the mount. Platform threads only.
 */
public final class MountPoints {
    private static final System.Logger LOG = System.getLogger(MountPoints.class.getName());

    /** How often and how long (milliseconds) an unmount is tried again while something still uses the mount. */
    private static final int TRIES = 8;

    private static final long FIRST_PAUSE = 2;

    /** How many are kept that nothing is mounted on. */
    private static final int KEPT = 64;

    private final Path directory;
    private final BlockingQueue<Path> free = new ArrayBlockingQueue<>(KEPT);

    public MountPoints(Path directory) {
        this.directory = directory;
    }

    /** Unmounts and removes whatever is there: at start what a predecessor left, at the end what is still in use. */
    public void clear() throws IOException {
        free.clear();
        for (String mounted : Mounts.below(directory)) {
            try {
                Mounts.detach(mounted);
            } catch (LinuxException e) {
                LOG.log(Level.WARNING, "a mount stays behind", e);
            }
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                try {
                    LinuxFiles.removeDirectory(entry.toString());
                } catch (LinuxException e) {
                    LOG.log(Level.WARNING, "a mount point stays behind", e);
                }
            }
        }
    }

    /** A mount point that nobody else has. */
    Path create() throws IOException {
        Path kept = free.poll();
        if (kept != null) {
            return kept;
        }
        Path point = directory.resolve(UUID.randomUUID().toString());
        LinuxFiles.makeDirectory(point.toString(), 0700);
        return point;
    }

    /** Makes a directory that is never mounted on, for a lower without contents. */
    Path createEmpty(String name) throws IOException {
        Path empty = directory.resolve(name);
        LinuxFiles.makeDirectory(empty.toString(), 0755);
        LinuxFiles.chmod(empty.toString(), 0755);
        LinuxFiles.setMtime(empty.toString(), 0);
        return empty;
    }

    /** Unmounts and gives the mount point back; a mount that is in use is detached and ends with its last user. */
    void release(Path point) throws IOException {
        try {
            Mounts.unmount(point.toString());
        } catch (LinuxException e) {
            if (e.errno() != Errno.EBUSY) {
                throw e;
            }
            Mounts.detach(point.toString());
        }
        giveBack(point);
    }

    /**
     * Unmounts what must not change any more, and gives the mount point back.
     *
     * @throws IOException if something still uses it after about half a second
     */
    void end(Path point) throws IOException {
        long pause = FIRST_PAUSE;
        for (int left = TRIES; ; left--) {
            try {
                Mounts.unmount(point.toString());
                break;
            } catch (LinuxException e) {
                if (e.errno() != Errno.EBUSY) {
                    throw e;
                }
                if (left == 0) {
                    throw new IOException(
                            point + " is still in use, so what was written there is not final; "
                                    + "a process of the execution may be left over",
                            e);
                }
            }
            pause(pause);
            pause *= 2;
        }
        giveBack(point);
    }

    private static void pause(long milliseconds) throws IOException {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.io.InterruptedIOException("interrupted while waiting for a mount to become unused");
        }
    }

    private void giveBack(Path point) throws IOException {
        if (!free.offer(point)) {
            remove(point);
        }
    }

    /** Removes a mount point on which nothing was mounted. */
    void remove(Path point) throws IOException {
        LinuxFiles.removeDirectory(point.toString());
    }
}
