package org.buildengine.snapshotter.linux;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.buildengine.snapshotter.NodeType;

/** What a tree takes on its file system. Platform threads only. */
public final class DiskUsage {
    private DiskUsage() {}

    /**
     * Bytes of all blocks below {@code path} and of itself, in which a file with several names counts once.
     *
     * @throws IOException if a part cannot be read; what vanishes meanwhile counts as nothing
     */
    public static long allocated(String path) throws IOException {
        FileStatus top = LinuxFiles.status(path);
        long sum = top.allocated();
        if (top.type() != NodeType.DIRECTORY) {
            return sum;
        }
        Set<Long> linked = new HashSet<>();
        var pending = new ArrayDeque<>(List.of("."));
        try (var scan = new DirectoryScan();
                Descriptor anchor = Descriptor.directory(path)) {
            for (String directory = pending.poll(); directory != null; directory = pending.poll()) {
                for (DirectoryScan.Entry entry : entries(scan, anchor, directory)) {
                    FileStatus status = entry.status();
                    if (status.type() == NodeType.DIRECTORY) {
                        pending.add(directory + "/" + entry.name());
                    } else if (status.links() > 1 && !linked.add(status.inode())) {
                        continue;
                    }
                    sum += status.allocated();
                }
            }
        }
        return sum;
    }

    private static List<DirectoryScan.Entry> entries(DirectoryScan scan, Descriptor anchor, String path)
            throws IOException {
        try (Descriptor directory = anchor.directoryBelow(path)) {
            return scan.list(directory, path);
        } catch (LinuxException e) {
            // gone, or something else has its name now
            if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR || e.errno() == Errno.ELOOP) {
                return List.of();
            }
            throw e;
        }
    }
}
