package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.NodeType;

/**
 * Reads directories with two system calls per batch of names and one per entry, and no path look-up beyond the
 * directory. Holds buffers that are used again for each directory, so a tree walk makes one scan object. Used by one
 * platform thread.
 */
public final class DirectoryScan implements Closeable {
    private static final int NAMES_BYTES = 64 * 1024;
    private static final int NAME_BYTES = 256;
    private static final int DIRENT_LENGTH = 16;
    private static final int DIRENT_NAME = 19;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment names = arena.allocate(NAMES_BYTES, 8);
    private final MemorySegment status = arena.allocate(FileStatus.BYTES, 8);
    private final MemorySegment target = arena.allocate(4096);

    /**
     * One name in a directory.
     *
     * @param name as {@link FileNames} gives it
     * @param linkTarget where a symbolic link points; empty for everything else
     */
    public record Entry(String name, FileStatus status, String linkTarget) {}

    /** The entries of a directory, in the order of the file system; a link at the end of the path is not followed. */
    public List<Entry> list(String directory) throws IOException {
        int flags = Descriptor.O_RDONLY | Descriptor.O_DIRECTORY | Descriptor.O_CLOEXEC | Descriptor.O_NOFOLLOW;
        try (Descriptor open = Descriptor.open(directory, flags, 0)) {
            return list(open, directory);
        }
    }

    /** The entries of an open directory; {@code shown} stands for it in messages. */
    public List<Entry> list(Descriptor directory, String shown) throws IOException {
        var entries = new ArrayList<Entry>();
        while (true) {
            long read = Libc.getdents64(directory.number(), names);
            if (read < 0) {
                throw new LinuxException((int) -read, "getdents64", shown);
            }
            if (read == 0) {
                return entries;
            }
            for (long at = 0; at < read; at += Short.toUnsignedInt(names.get(JAVA_SHORT, at + DIRENT_LENGTH))) {
                MemorySegment name =
                        names.asSlice(at + DIRENT_NAME, Math.min(NAME_BYTES, NAMES_BYTES - at - DIRENT_NAME));
                if (!isDots(name)) {
                    entries.add(entry(directory.number(), name, shown));
                }
            }
        }
    }

    private static boolean isDots(MemorySegment name) {
        if (name.get(JAVA_BYTE, 0) != '.') {
            return false;
        }
        byte second = name.get(JAVA_BYTE, 1);
        return second == 0 || (second == '.' && name.get(JAVA_BYTE, 2) == 0);
    }

    private Entry entry(int directory, MemorySegment name, String shown) throws IOException {
        String text = FileNames.read(name);
        int result = Libc.statx(directory, name, Libc.AT_SYMLINK_NOFOLLOW, FileStatus.BASIC, status);
        if (result < 0) {
            throw new LinuxException(-result, "statx", shown + "/" + text);
        }
        FileStatus found = FileStatus.read(status);
        String link = "";
        if (found.type() == NodeType.SYMLINK) {
            long length = Libc.readlinkat(directory, name, target);
            if (length < 0) {
                throw new LinuxException((int) -length, "readlink", shown + "/" + text);
            }
            link = FileNames.read(target, length);
        }
        return new Entry(text, found, link);
    }

    @Override
    public void close() {
        arena.close();
    }
}
