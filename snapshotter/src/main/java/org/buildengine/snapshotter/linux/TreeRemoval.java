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
    private int top;
    private long moved;

    private TreeRemoval(String shown) {
        this.shown = shown;
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
            new TreeRemoval(path).removeDirectory(Libc.AT_FDCWD, name, 0);
        }
    }

    /**
     * Empties and removes a directory. Removing while reading may hide names from the reader, so it is read until the kernel
     * finds nothing left in it.
     */
    private void removeDirectory(int parent, MemorySegment name, int depth) throws LinuxException {
        boolean progress = true;
        int result = Libc.unlinkat(parent, name, Libc.AT_REMOVEDIR);
        while (progress && (result == -Errno.ENOTEMPTY || result == -Errno.EEXIST)) {
            progress = empty(parent, name, depth);
            result = Libc.unlinkat(parent, name, Libc.AT_REMOVEDIR);
        }
        if (result < 0 && result != -Errno.ENOENT) {
            throw new LinuxException(-result, "rmdir", shown(name, depth));
        }
    }

    /** Whether there was anything to remove. */
    private boolean empty(int parent, MemorySegment name, int depth) throws LinuxException {
        int flags = Descriptor.O_RDONLY | Descriptor.O_DIRECTORY | Descriptor.O_NOFOLLOW | Descriptor.O_CLOEXEC;
        int opened = Libc.openat(parent, name, flags, 0);
        if (opened < 0) {
            throw new LinuxException(-opened, "open", shown(name, depth));
        }
        try (var directory = new Descriptor(opened);
                Arena arena = Arena.ofConfined()) {
            if (depth == 0) {
                top = opened;
            }
            MemorySegment names = arena.allocate(NAMES_BYTES, 8);
            boolean any = false;
            for (long read = names(directory.number(), names); read > 0; read = names(directory.number(), names)) {
                any |= removeBatch(directory.number(), names, read, depth);
            }
            return any;
        }
    }

    private String shown(MemorySegment name, int depth) {
        return depth == 0 ? shown : shown + "/…/" + FileNames.read(name);
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
                throw new LinuxException(-result, "unlink", shown(name, depth + 1));
            }
        }
        if (depth >= DEEPEST) {
            moveToTop(directory, name);
            return;
        }
        removeDirectory(directory, name, depth + 1);
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
