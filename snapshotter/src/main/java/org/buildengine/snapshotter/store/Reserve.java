package org.buildengine.snapshotter.store;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.DiskSpace;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;

/**
 * Space for the rows of the store when there is none left, above all for those that say what is removed: a file that has blocks
 * and no content, and is unlinked when the disk is full. Without it a full disk could never be emptied. Platform threads only.
 */
public final class Reserve {
    private static final System.Logger LOG = System.getLogger(Reserve.class.getName());

    /** This part of the file system, at most {@link #MOST} bytes. */
    private static final int SHARE = 32;

    private static final long MOST = 16 << 20;

    private final Path file;
    private final long size;

    Reserve(Path file) throws IOException {
        this.file = file;
        this.size = Math.min(MOST, space().total() / SHARE);
    }

    private DiskSpace space() throws IOException {
        return DiskSpace.at(String.valueOf(file.getParent()));
    }

    /** Sets the space aside, if it is not yet and at least as much is left. */
    public synchronized void fill() throws IOException {
        if (Files.exists(file) || space().free() < 2 * size) {
            return;
        }
        try (Descriptor made = Descriptor.file(file.toString())) {
            LinuxFiles.allocate(made, size, file.toString());
        } catch (LinuxException e) {
            // Full after all, or a file system that cannot.
            LOG.log(Level.DEBUG, "no space is set aside: {0}", e.getMessage());
            LinuxFiles.unlink(file.toString());
        }
    }

    /** Gives the space up if hardly any other is left. */
    void releaseIfNearlyFull() throws IOException {
        if (space().free() < size / 2) {
            release();
        }
    }

    /** Gives the space up; true if there was some. */
    public synchronized boolean release() throws IOException {
        boolean there = Files.exists(file);
        LinuxFiles.unlink(file.toString());
        return there;
    }
}
