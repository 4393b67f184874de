package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Calls on files. None of them follows a link at the end of its path. Platform threads only. */
public final class LinuxFiles {
    private static final int S_IFREG = 0100000;
    private static final int S_IFCHR = 0020000;
    private static final int S_IFBLK = 0060000;
    private static final int S_IFIFO = 0010000;
    private static final int S_IFSOCK = 0140000;
    private static final long UTIME_OMIT = (1L << 30) - 2;
    private static final int XATTR_FIRST_TRY = 1024;
    private static final int XATTR_MOST = 64 * 1024;

    private LinuxFiles() {}

    /** What the kernel knows of the file. */
    public static FileStatus status(String path) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(FileStatus.BYTES, 8);
            check(statx(arena, path, buffer), "statx", path);
            return FileStatus.read(buffer);
        }
    }

    /** The same; empty if nothing is there, or nothing that can be looked at. */
    public static Optional<FileStatus> find(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(FileStatus.BYTES, 8);
            return statx(arena, path, buffer) < 0 ? Optional.empty() : Optional.of(FileStatus.read(buffer));
        }
    }

    private static int statx(Arena arena, String path, MemorySegment buffer) {
        MemorySegment name = FileNames.allocate(arena, path);
        return Libc.statx(Libc.AT_FDCWD, name, Libc.AT_SYMLINK_NOFOLLOW, FileStatus.BASIC, buffer);
    }

    /** Whether no part of a path is a symbolic link, as far as it exists; false too if that cannot be told. */
    public static boolean isStraight(String path) {
        try (Arena arena = Arena.ofConfined()) {
            int opened =
                    Libc.openat2(Libc.AT_FDCWD, FileNames.allocate(arena, path), Descriptor.howToMeetNoLink(arena));
            if (opened >= 0) {
                Libc.close(opened);
            }
            return opened >= 0 || opened == -Errno.ENOENT || opened == -Errno.ENOTDIR;
        }
    }

    /** One extended attribute, if the file has it. */
    public static Optional<byte[]> xattr(String path, String name) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cPath = FileNames.allocate(arena, path);
            MemorySegment cName = FileNames.allocate(arena, name);
            MemorySegment buffer = arena.allocate(XATTR_FIRST_TRY);
            long length = Libc.lgetxattr(cPath, cName, buffer);
            if (length == -Errno.ERANGE) {
                buffer = arena.allocate(XATTR_MOST);
                length = Libc.lgetxattr(cPath, cName, buffer);
            }
            if (length == -Errno.ENODATA || length == -Errno.EOPNOTSUPP) {
                return Optional.empty();
            }
            check(length, "lgetxattr " + name, path);
            return Optional.of(buffer.asSlice(0, length).toArray(JAVA_BYTE));
        }
    }

    /** All extended attributes, by name; empty where the file system has none. */
    public static Map<String, byte[]> xattrs(String path) throws LinuxException {
        List<String> names = xattrNames(path);
        if (names.isEmpty()) {
            return Map.of();
        }
        var found = new TreeMap<String, byte[]>();
        for (String name : names) {
            xattr(path, name).ifPresent(value -> found.put(name, value));
        }
        return found;
    }

    private static List<String> xattrNames(String path) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cPath = FileNames.allocate(arena, path);
            MemorySegment buffer = arena.allocate(XATTR_FIRST_TRY);
            long length = Libc.llistxattr(cPath, buffer);
            if (length == -Errno.ERANGE) {
                buffer = arena.allocate(XATTR_MOST);
                length = Libc.llistxattr(cPath, buffer);
            }
            if (length == 0 || length == -Errno.EOPNOTSUPP) {
                return List.of();
            }
            check(length, "llistxattr", path);
            var names = new ArrayList<String>();
            for (long at = 0; at < length; ) {
                String name = FileNames.read(buffer.asSlice(at));
                names.add(name);
                at += FileNames.encode(name).length + 1;
            }
            return names;
        }
    }

    /** Sets an extended attribute, whether or not the file has it. */
    public static void setXattr(String path, String name, byte[] value) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(Math.max(1, value.length)).asSlice(0, value.length);
            MemorySegment.copy(value, 0, bytes, JAVA_BYTE, 0, value.length);
            int result = Libc.lsetxattr(FileNames.allocate(arena, path), FileNames.allocate(arena, name), bytes, 0);
            check(result, "lsetxattr " + name, path);
        }
    }

    /** Removes an extended attribute, which the file has. */
    public static void removeXattr(String path, String name) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int result = Libc.lremovexattr(FileNames.allocate(arena, path), FileNames.allocate(arena, name));
            check(result, "lremovexattr " + name, path);
        }
    }

    /** Makes a directory; its mode is exactly {@code mode} only after {@link #chmod}, because of the umask. */
    public static void makeDirectory(String path, int mode) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            check(Libc.mkdirat(Libc.AT_FDCWD, FileNames.allocate(arena, path), mode), "mkdir", path);
        }
    }

    /** Makes an empty file, a device, a fifo or a socket. */
    public static void makeNode(String path, org.buildengine.snapshotter.NodeType type, int mode, int major, int minor)
            throws LinuxException {
        int format = switch (type) {
            case FILE -> S_IFREG;
            case CHAR_DEVICE -> S_IFCHR;
            case BLOCK_DEVICE -> S_IFBLK;
            case FIFO -> S_IFIFO;
            case SOCKET -> S_IFSOCK;
            case DIRECTORY, SYMLINK -> throw new IllegalArgumentException("mknod cannot make a " + type);
        };
        try (Arena arena = Arena.ofConfined()) {
            int result =
                    Libc.mknodat(Libc.AT_FDCWD, FileNames.allocate(arena, path), format | mode, device(major, minor));
            check(result, "mknod", path);
        }
    }

    /** Makes what overlay reads as "hidden": a character device 0:0. */
    public static void makeWhiteout(String path) throws LinuxException {
        makeNode(path, org.buildengine.snapshotter.NodeType.CHAR_DEVICE, 0, 0, 0);
    }

    private static long device(int major, int minor) {
        return (minor & 0xffL) | (major & 0xfffL) << 8 | (minor & 0xfffff00L) << 12 | (major & 0xfffff000L) << 32;
    }

    /** Makes a symbolic link. */
    public static void makeSymlink(String path, String target) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            check(
                    Libc.symlinkat(FileNames.allocate(arena, target), Libc.AT_FDCWD, FileNames.allocate(arena, path)),
                    "symlink",
                    path);
        }
    }

    /** Whether a symbolic link is there itself; no error if nothing is, or nothing that can be looked at. */
    public static boolean isLink(String path) {
        try (Arena arena = Arena.ofConfined()) {
            return Libc.readlinkat(Libc.AT_FDCWD, FileNames.allocate(arena, path), arena.allocate(1)) >= 0;
        }
    }

    /** Gives the file at {@code existing} another name. */
    public static void link(String existing, String path) throws LinuxException {
        link(existing, path, 0);
    }

    static void link(String existing, String path, int flags) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = FileNames.allocate(arena, existing);
            check(
                    Libc.linkat(Libc.AT_FDCWD, from, Libc.AT_FDCWD, FileNames.allocate(arena, path), flags),
                    "link",
                    path);
        }
    }

    /** Renames within one file system; replaces a file or an empty directory at {@code to}. */
    public static void rename(String from, String to) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment source = FileNames.allocate(arena, from);
            check(
                    Libc.renameat(Libc.AT_FDCWD, source, Libc.AT_FDCWD, FileNames.allocate(arena, to)),
                    "rename to " + to,
                    from);
        }
    }

    /**
     * Lets two names change places, in one step, within one file system; not every file system can.
     *
     * @throws LinuxException with {@code EINVAL} if this one cannot
     */
    public static void exchange(String one, String other) throws LinuxException {
        int exchange = 2;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment first = FileNames.allocate(arena, one);
            MemorySegment second = FileNames.allocate(arena, other);
            check(Libc.renameat2(Libc.AT_FDCWD, first, Libc.AT_FDCWD, second, exchange), "exchange with " + other, one);
        }
    }

    /** Sets the modification time, and leaves the access time. */
    public static void setMtime(String path, long mtimeNanos) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocate(32, 8);
            times.set(JAVA_LONG, 8, UTIME_OMIT);
            times.set(JAVA_LONG, 16, Math.floorDiv(mtimeNanos, 1_000_000_000L));
            times.set(JAVA_LONG, 24, Math.floorMod(mtimeNanos, 1_000_000_000L));
            MemorySegment name = FileNames.allocate(arena, path);
            check(Libc.utimensat(Libc.AT_FDCWD, name, times, Libc.AT_SYMLINK_NOFOLLOW), "utimensat", path);
        }
    }

    /** Sets owner and group. The kernel clears set-id bits of files, so the mode is set after it. */
    public static void chown(String path, int uid, int gid) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            check(Libc.lchown(FileNames.allocate(arena, path), uid, gid), "lchown", path);
        }
    }

    /** Sets the permission bits, which a link has not. */
    public static void chmod(String path, int mode) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = FileNames.allocate(arena, path);
            int result = Libc.fchmodat2(Libc.AT_FDCWD, name, mode, Libc.AT_SYMLINK_NOFOLLOW);
            if (result == -Errno.ENOSYS || result == -Errno.EPERM) {
                // an old kernel, or a filter of system calls that is older than this one
                chmodOpened(path, mode);
            } else {
                check(result, "chmod", path);
            }
        }
    }

    /** The older call would follow a link, so the file is opened first. */
    static void chmodOpened(String path, int mode) throws LinuxException {
        try (Arena arena = Arena.ofConfined();
                Descriptor file = Descriptor.ofName(path)) {
            check(Libc.chmod(FileNames.allocate(arena, file.path().toString()), mode), "chmod", path);
        }
    }

    /** Removes a file or link, or nothing if there is none. */
    public static void unlink(String path) throws LinuxException {
        remove(path, 0, "unlink");
    }

    /** Removes an empty directory, or nothing if there is none. */
    public static void removeDirectory(String path) throws LinuxException {
        remove(path, Libc.AT_REMOVEDIR, "rmdir");
    }

    private static void remove(String path, int flags, String call) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int result = Libc.unlinkat(Libc.AT_FDCWD, FileNames.allocate(arena, path), flags);
            if (result != -Errno.ENOENT) {
                check(result, call, path);
            }
        }
    }

    /** Gives a file blocks for its first {@code bytes}, which read as zeros. */
    public static void allocate(Descriptor file, long bytes, String shown) throws LinuxException {
        check(Libc.fallocate(file.number(), bytes), "fallocate", shown);
    }

    /** Writes everything of the file system that holds the open directory to its device. May take long. */
    public static void syncFileSystem(Descriptor directory, String shown) throws LinuxException {
        check(Libc.syncfs(directory.number()), "syncfs", shown);
    }

    /**
     * Copies a range inside the kernel, by sharing blocks where the file system can.
     *
     * @return bytes copied, fewer than asked for only at the end of the source
     */
    public static long copyRange(Descriptor from, long fromOffset, Descriptor to, long toOffset, long length)
            throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocateFrom(JAVA_LONG, fromOffset);
            MemorySegment out = arena.allocateFrom(JAVA_LONG, toOffset);
            long copied = 0;
            while (copied < length) {
                long now = Libc.copyFileRange(from.number(), in, to.number(), out, length - copied);
                check(now, "copy_file_range", "descriptor " + to.number());
                if (now == 0) {
                    break;
                }
                copied += now;
            }
            return copied;
        }
    }

    private static void check(long result, String call, String path) throws LinuxException {
        if (result < 0) {
            throw new LinuxException((int) -result, call, path);
        }
    }
}
