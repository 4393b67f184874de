package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Removes a tree that somebody else built: any names, any depth, read-only directories. Relative to open directories,
 * so no path grows too long and no link is followed; a directory that lies too deep is first moved up to the top, so
 * that neither descriptors nor the stack run out.
 */
public final class TreeRemoval {
    private static final int DEEPEST = 64;
    private static final int NAMES_BYTES = 32 * 1024;
    private static final int DIRENT_LENGTH = 16;
    private static final int DIRENT_TYPE = 18;
    private static final int DIRENT_NAME = 19;
    private static final int TYPE_DIRECTORY = 4;
    private static final int TYPE_UNKNOWN = 0;

    private final String shown;
    private final int top;
    private long moved;

    private TreeRemoval(String shown, int top) {
        this.shown = shown;
        this.top = top;
    }

    /** Removes whatever is at {@code path}, and everything below it; nothing if there is nothing. Platform threads only. */
    public static void remove(String path) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = FileNames.allocate(arena, path);
            int result = Libc.unlinkat(Libc.AT_FDCWD, name, 0);
            if (result >= 0 || result == -Errno.ENOENT) {
                return;
            }
            if (result != -Errno.EISDIR && result != -Errno.EPERM) {
                throw new LinuxException(-result, "unlink", path);
            }
            int flags = Descriptor.O_RDONLY | Descriptor.O_DIRECTORY | Descriptor.O_NOFOLLOW | Descriptor.O_CLOEXEC;
            try (Descriptor directory = Descriptor.open(path, flags, 0)) {
                var removal = new TreeRemoval(path, directory.number());
                removal.empty(directory.number(), 0);
            }
            LinuxFiles.removeDirectory(path);
        }
    }

    private void empty(int directory, int depth) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment names = arena.allocate(NAMES_BYTES, 8);
            boolean progress = true;
            // Removing while reading may hide names from the reader, so the directory is read until nothing is left.
            while (progress) {
                progress = false;
                if (Libc.lseekToStart(directory) < 0) {
                    throw new LinuxException(Errno.EINVAL, "lseek", shown);
                }
                for (long read = names(directory, names); read > 0; read = names(directory, names)) {
                    progress |= removeBatch(directory, names, read, depth);
                }
            }
        }
    }

    private long names(int directory, MemorySegment names) throws LinuxException {
        long read = Libc.getdents64(directory, names);
        if (read < 0) {
            throw new LinuxException((int) -read, "getdents64", shown);
        }
        return read;
    }

    private boolean removeBatch(int directory, MemorySegment names, long read, int depth) throws LinuxException {
        boolean any = false;
        for (long at = 0; at < read; at += Short.toUnsignedInt(names.get(JAVA_SHORT, at + DIRENT_LENGTH))) {
            MemorySegment name = names.asSlice(at + DIRENT_NAME);
            if (!isDots(name)) {
                any = true;
                removeEntry(directory, name, names.get(JAVA_BYTE, at + DIRENT_TYPE), depth);
            }
        }
        return any;
    }

    private static boolean isDots(MemorySegment name) {
        if (name.get(JAVA_BYTE, 0) != '.') {
            return false;
        }
        byte second = name.get(JAVA_BYTE, 1);
        return second == 0 || (second == '.' && name.get(JAVA_BYTE, 2) == 0);
    }

    private void removeEntry(int directory, MemorySegment name, byte type, int depth) throws LinuxException {
        if (type != TYPE_DIRECTORY) {
            int result = Libc.unlinkat(directory, name, 0);
            if (result >= 0 || result == -Errno.ENOENT) {
                return;
            }
            if (type != TYPE_UNKNOWN || (result != -Errno.EISDIR && result != -Errno.EPERM)) {
                throw new LinuxException(-result, "unlink", shown + "/…/" + FileNames.read(name));
            }
        }
        if (depth >= DEEPEST) {
            moveToTop(directory, name);
            return;
        }
        int flags = Descriptor.O_RDONLY | Descriptor.O_DIRECTORY | Descriptor.O_NOFOLLOW | Descriptor.O_CLOEXEC;
        int opened = Libc.openat(directory, name, flags, 0);
        if (opened < 0) {
            throw new LinuxException(-opened, "open", shown + "/…/" + FileNames.read(name));
        }
        try (var below = new Descriptor(opened)) {
            empty(below.number(), depth + 1);
        }
        int result = Libc.unlinkat(directory, name, Libc.AT_REMOVEDIR);
        if (result < 0 && result != -Errno.ENOENT) {
            throw new LinuxException(-result, "rmdir", shown + "/…/" + FileNames.read(name));
        }
    }

    private void moveToTop(int directory, MemorySegment name) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int result;
            do {
                result = Libc.renameat(directory, name, top, arena.allocateFrom("deep-" + moved++));
            } while (result == -Errno.EEXIST || result == -Errno.ENOTEMPTY || result == -Errno.ENOTDIR);
            if (result < 0) {
                throw new LinuxException(-result, "rename", shown + "/…/" + FileNames.read(name));
            }
        }
    }
}
