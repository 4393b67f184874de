package org.buildengine.snapshotter.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/** An open file descriptor. Closing twice does nothing. Used by platform threads only. */
public final class Descriptor implements Closeable {
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0100;
    static final int O_CLOEXEC = 02000000;
    /** The directory flags differ between x86 and ARM. */
    static final int O_DIRECTORY = arm() ? 040000 : 0200000;

    static final int O_NOFOLLOW = arm() ? 0100000 : 0400000;
    private static final int O_NONBLOCK = 04000;
    private static final int O_PATH = 010000000;
    private static final long RESOLVE_NO_SYMLINKS = 4;
    private static final long RESOLVE_BENEATH = 8;
    static final int O_TMPFILE = 020000000 | O_DIRECTORY;

    private static final int CLOSED = -1;
    private static final int PIECE = 8 * 1024;

    private final AtomicInteger number;

    Descriptor(int number) {
        this.number = new AtomicInteger(number);
    }

    private static boolean arm() {
        return System.getProperty("os.arch", "").equals("aarch64");
    }

    /** Opens a directory, for {@link LinuxFiles#syncFileSystem} and as an anchor of relative calls. */
    public static Descriptor directory(String path) throws LinuxException {
        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    }

    /** Opens a file for reading; a link at the end of the path is refused, not followed. */
    public static Descriptor forReading(String path) throws LinuxException {
        return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
    }

    /** Opens a file for reading and writing, and makes it with mode 0600 if it does not exist. */
    public static Descriptor file(String path) throws LinuxException {
        return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }

    /**
     * Opens a directory below this one. No link is followed on the way or at the end, so whoever changes names meanwhile
     * can make this fail but not lead it elsewhere.
     *
     * @param path relative to this directory; empty for this one
     */
    public Descriptor directoryBelow(String path) throws LinuxException {
        return below(path.isEmpty() ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }

    /** Opens a file below this directory for reading, in the same manner; never waits for the writer of a pipe. */
    public Descriptor fileBelow(String path) throws LinuxException {
        return below(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }

    private Descriptor below(String path, int flags) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int opened = Libc.openat2(number(), FileNames.allocate(arena, path), how(arena, flags));
            if (opened < 0) {
                throw new LinuxException(-opened, "open", path);
            }
            return new Descriptor(opened);
        }
    }

    /** How {@link #fileBelow} opens, for {@link Libc#openat2}. */
    static MemorySegment howToRead(Arena arena) {
        return how(arena, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }

    /** How to open whatever is at a path, without any right to read or write it, if no link is met. */
    static MemorySegment howToMeetNoLink(Arena arena) {
        return how(arena, O_PATH | O_CLOEXEC, RESOLVE_NO_SYMLINKS);
    }

    private static MemorySegment how(Arena arena, int flags) {
        return how(arena, flags, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    }

    private static MemorySegment how(Arena arena, int flags, long resolve) {
        MemorySegment how = arena.allocate(3 * Long.BYTES, Long.BYTES);
        how.setAtIndex(JAVA_LONG, 0, flags);
        how.setAtIndex(JAVA_LONG, 2, resolve);
        return how;
    }

    /** Opens whatever is there itself, a link too, without any right to read or write it. */
    static Descriptor ofName(String path) throws LinuxException {
        return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    }

    static Descriptor open(String path, int flags, int mode) throws LinuxException {
        try (Arena arena = Arena.ofConfined()) {
            int opened = Libc.openat(Libc.AT_FDCWD, FileNames.allocate(arena, path), flags, mode);
            if (opened < 0) {
                throw new LinuxException(-opened, "open", path);
            }
            return new Descriptor(opened);
        }
    }

    /** Reads on, to the end of the file or to {@code limit} bytes. */
    public byte[] read(int limit) throws LinuxException {
        var all = new ByteArrayOutputStream();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(PIECE);
            for (long left = limit; left > 0; ) {
                long read = Libc.read(number(), piece.asSlice(0, Math.min(left, PIECE)));
                if (read < 0) {
                    throw new LinuxException((int) -read, "read", "descriptor " + number());
                }
                if (read == 0) {
                    break;
                }
                all.writeBytes(piece.asSlice(0, read).toArray(JAVA_BYTE));
                left -= read;
            }
        }
        return all.toByteArray();
    }

    /** The number, for another call. */
    public int number() {
        int open = number.get();
        if (open == CLOSED) {
            throw new IllegalStateException("the descriptor is closed");
        }
        return open;
    }

    /** Whether it has not been closed. */
    boolean isOpen() {
        return number.get() != CLOSED;
    }

    /** A path under which this process can open the same file again. */
    public Path path() {
        return Path.of("/proc/self/fd/" + number());
    }

    /**
     * Takes the exclusive lock of the open file, without waiting.
     *
     * @return whether it was free
     */
    public boolean tryLock() throws LinuxException {
        int exclusiveNow = 2 | 4;
        int result = Libc.flock(number(), exclusiveNow);
        if (result == -Errno.EAGAIN) {
            return false;
        }
        if (result < 0) {
            throw new LinuxException(-result, "flock", "descriptor " + number());
        }
        return true;
    }

    @Override
    public void close() {
        int open = number.getAndSet(CLOSED);
        if (open != CLOSED) {
            // Nothing was written through the descriptor itself, so a failure has nothing to say.
            Libc.close(open);
        }
    }
}
