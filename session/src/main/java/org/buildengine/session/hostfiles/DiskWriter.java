package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.tree.EntryType;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSink;

/**
 * Writes a tree below a directory of this host, as this process's user. Directories on the way are made sure to be real
 * ones, not links, before anything is put into them; files appear complete or not at all. Modes and times of directories
 * are set by {@link #finish}, because writing into them would change them again.
 *
 * <p>NIO names files by path, so a local program that swaps a directory for a link at the right moment could still redirect
 * a write; the engine cannot.
 */
final class DiskWriter implements TreeSink {
    private final Path root;
    private final Deque<TreeEntry> directories = new ArrayDeque<>();
    private final Set<String> written = new HashSet<>();

    /** Writes below {@code root}, which is made if it is missing. */
    DiskWriter(Path root) throws IOException {
        this.root = root;
        makeDirectories(root);
    }

    /** Makes the directory and its parents, new ones for this user only. */
    static void makeDirectories(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            var _ = Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
    }

    @Override
    public boolean accept(TreeEntry entry) throws IOException {
        Path path = root.resolve(entry.path());
        written.add(entry.path());
        switch (entry.type()) {
            case DIRECTORY -> makeDirectory(entry, path);
            case SYMLINK -> {
                DiskRemoval.recursively(path);
                var _ = Files.createSymbolicLink(path, Path.of(entry.linkTarget()));
            }
            case FILE -> {
                if (entry.isHardLink()) {
                    DiskRemoval.recursively(path);
                    var _ = Files.createLink(path, root.resolve(entry.hardLinkOf()));
                } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    DiskRemoval.recursively(path);
                }
            }
            case FIFO, CHARACTER_DEVICE, BLOCK_DEVICE, SOCKET ->
                throw new HostException(
                        Reason.UNSUPPORTED,
                        "\"" + entry.path() + "\" is a " + entry.type()
                                + ", which cannot be exported to a host; remove it"
                                + " from the directory or export an archive");
        }
        return entry.type() == EntryType.FILE;
    }

    private void makeDirectory(TreeEntry entry, Path path) throws IOException {
        if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            DiskRemoval.recursively(path);
            var _ = Files.createDirectory(path);
        }
        // Writable for us until everything is in it.
        Files.setAttribute(path, "unix:mode", 0700, LinkOption.NOFOLLOW_LINKS);
        directories.push(entry);
    }

    @Override
    public OutputStream open(TreeEntry file) throws IOException {
        return PendingFile.create(root.resolve(file.path()), file.mode(), file.size(), file.mtimeNanos());
    }

    /** Sets modes and times of directories, the deepest first. */
    void finish() throws IOException {
        while (!directories.isEmpty()) {
            TreeEntry directory = directories.pop();
            Path path = root.resolve(directory.path());
            setTime(path, directory.mtimeNanos());
            Files.setAttribute(path, "unix:mode", directory.mode(), LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** Paths of everything that was written. */
    Set<String> written() {
        return written;
    }

    static void setTime(Path path, long mtimeNanos) throws IOException {
        FileTime time = FileTime.from(Instant.ofEpochSecond(
                Math.floorDiv(mtimeNanos, 1_000_000_000L), Math.floorMod(mtimeNanos, 1_000_000_000L)));
        Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setTimes(time, null, null);
    }
}
