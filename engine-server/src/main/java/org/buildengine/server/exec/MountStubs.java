package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The empty files and directories that mounts need to be put on. Made before an execution in its own workspaces, removed
 * after it unless something was written to them; the times of the directories around them are put back, so that a
 * mount leaves no trace in what is kept. Used by one thread.
 */
final class MountStubs {
    private record Stub(Path path, boolean directory, Object fileKey) {}

    private record Times(FileTime before, FileTime after) {}

    private final List<Stub> stubs = new ArrayList<>();
    private final Map<Path, Times> parents = new LinkedHashMap<>();

    /** Makes sure that something is at {@code host}, which lies below {@code base}; neither has links in it. */
    void make(Path base, Path host, boolean directory) throws IOException {
        if (host.equals(base) || Files.exists(host, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Path parent = Objects.requireNonNull(host.getParent());
        make(base, parent, true);
        FileTime before = modified(parent);
        if (directory) {
            Files.createDirectory(
                    host, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        } else {
            Files.createFile(host, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
        }
        FileTime first = parents.containsKey(parent) ? parents.get(parent).before() : before;
        parents.put(parent, new Times(first, modified(parent)));
        stubs.add(new Stub(host, directory, key(host)));
    }

    private static FileTime modified(Path directory) throws IOException {
        return Files.getLastModifiedTime(directory, LinkOption.NOFOLLOW_LINKS);
    }

    private static Object key(Path path) throws IOException {
        return Objects.requireNonNull(Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey());
    }

    /** Removes what is still as it was made. */
    void remove() throws IOException {
        var times = new LinkedHashMap<Path, FileTime>();
        for (Map.Entry<Path, Times> parent : parents.entrySet()) {
            if (Files.isDirectory(parent.getKey(), LinkOption.NOFOLLOW_LINKS)) {
                FileTime now = modified(parent.getKey());
                boolean untouched = now.equals(parent.getValue().after());
                times.put(parent.getKey(), untouched ? parent.getValue().before() : now);
            }
        }
        for (Stub stub : stubs.reversed()) {
            remove(stub);
        }
        for (Map.Entry<Path, FileTime> parent : times.entrySet()) {
            if (Files.isDirectory(parent.getKey(), LinkOption.NOFOLLOW_LINKS)) {
                Files.setLastModifiedTime(parent.getKey(), parent.getValue());
            }
        }
        stubs.clear();
        parents.clear();
    }

    private static void remove(Stub stub) throws IOException {
        try {
            var now = Files.readAttributes(stub.path(), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            boolean same = stub.fileKey().equals(now.fileKey());
            if (same && (stub.directory() || now.size() == 0)) {
                Files.delete(stub.path());
            }
        } catch (NoSuchFileException | DirectoryNotEmptyException e) {
            // Removed by the command, or filled by it: its work, which is kept.
            return;
        }
    }
}
