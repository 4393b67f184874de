package org.buildengine.snapshotter.mount;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.buildengine.snapshotter.NodeType;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.linux.LinuxFiles;

/**
 * Takes directories out of an upper that say nothing: the overlay copied them up because something in them was changed
 * for a while, such as the places of mounts, and is as it was. Without this, each execution in a chain would leave a
 * layer, and each mount would have to stack all of them. Used once, by one platform thread.
 */
final class VisitedDirectories {
    /** How many entries are looked at: an upper with more than these holds real changes, and is read whole later. */
    private static final int MOST = 64;

    private static final String OVERLAY = "trusted.overlay.";
    private static final String ORIGIN = OVERLAY + "origin";
    private static final String OPAQUE = OVERLAY + "opaque";

    private final List<Path> lowers;
    private int left = MOST;

    /** The lowers that the upper lay over, the topmost first. They must still be mounted. */
    VisitedDirectories(List<Path> lowers) {
        this.lowers = lowers;
    }

    /** Removes what says nothing below {@code upper}, whose own attributes stay. */
    void remove(Path upper) throws IOException {
        remove(upper, upper);
    }

    /** Whether nothing is left in it. */
    private boolean remove(Path upper, Path directory) throws IOException {
        long mtime = LinuxFiles.status(directory.toString()).mtimeNanos();
        boolean empty = true;
        boolean removed = false;
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                boolean looked = --left >= 0 && Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS);
                if (!looked || !saysNothing(upper, entry)) {
                    empty = false;
                    if (left < 0) {
                        break;
                    }
                } else {
                    LinuxFiles.removeDirectory(entry.toString());
                    removed = true;
                }
            }
        }
        if (removed) {
            LinuxFiles.setMtime(directory.toString(), mtime);
        }
        return empty;
    }

    private boolean saysNothing(Path upper, Path directory) throws IOException {
        Map<String, byte[]> xattrs = LinuxFiles.xattrs(directory.toString());
        // Without an origin it was made here; an opaque one hides what is below it.
        if (!xattrs.containsKey(ORIGIN) || xattrs.containsKey(OPAQUE)) {
            return false;
        }
        FileStatus before = LinuxFiles.status(directory.toString());
        return remove(upper, directory) && asBelow(upper.relativize(directory), before, xattrs);
    }

    private boolean asBelow(Path name, FileStatus now, Map<String, byte[]> xattrs) throws IOException {
        for (Path lower : lowers) {
            Path below = lower.resolve(name);
            if (Files.exists(below, LinkOption.NOFOLLOW_LINKS)) {
                FileStatus then = LinuxFiles.status(below.toString());
                return then.type() == NodeType.DIRECTORY
                        && then.mode() == now.mode()
                        && then.uid() == now.uid()
                        && then.gid() == now.gid()
                        && then.mtimeNanos() == now.mtimeNanos()
                        && equal(visible(LinuxFiles.xattrs(below.toString())), visible(xattrs));
            }
        }
        return false;
    }

    private static Map<String, byte[]> visible(Map<String, byte[]> xattrs) {
        return xattrs.entrySet().stream()
                .filter(xattr -> !xattr.getKey().startsWith(OVERLAY))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static boolean equal(Map<String, byte[]> one, Map<String, byte[]> other) {
        return one.keySet().equals(other.keySet())
                && one.entrySet().stream().allMatch(x -> Arrays.equals(x.getValue(), other.get(x.getKey())));
    }
}
