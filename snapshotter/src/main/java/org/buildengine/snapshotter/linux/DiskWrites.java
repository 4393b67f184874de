package org.buildengine.snapshotter.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * Writes to files of the engine: when their file system is full, room is made and the write goes on. The errors of channels say
 * neither where nor what to do, these do.
 */
public final class DiskWrites {
    private static final String FULL = "No space left on device";
    private static final String OVER_QUOTA = "Disk quota exceeded";

    private static final String TOO_MANY = "Too many open files";

    private static final int BLOCK = 4096;

    /** Somebody else may take what was freed before the write gets it. */
    private static final int TRIES = 8;

    private DiskWrites() {}

    /** Makes a new file and opens it for reading and writing. */
    public static FileChannel create(Path file, Room room) throws IOException {
        return attempt(
                file.toString(),
                0,
                room,
                () -> FileChannel.open(
                        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** A piece of work that may end because the file system is full, and can be done again then. */
    @FunctionalInterface
    public interface Attempt<T> {
        /** Does it, or what is left of it. */
        T run() throws IOException;
    }

    /** A call that may end because the file system is full. */
    @FunctionalInterface
    public interface Step {
        /** Makes the call. */
        void run() throws IOException;
    }

    /** Whether a failure says that a file system is full. */
    public static boolean full(IOException failure) {
        if (failure instanceof LinuxException call) {
            return call.errno() == Errno.ENOSPC || call.errno() == Errno.EDQUOT;
        }
        String reason = String.valueOf(failure.getMessage());
        return reason.contains(FULL) || reason.contains(OVER_QUOTA);
    }

    /**
     * Writes all bytes at the end of what was written.
     *
     * @param what for people, e.g. {@code a blob below /var/lib/engine}
     */
    public static void append(FileChannel channel, ByteBuffer bytes, String what, Room room) throws IOException {
        FileChannel _ = attempt(what, bytes.remaining(), room, () -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            return channel;
        });
    }

    /** Writes all bytes from {@code position} on. */
    public static void at(FileChannel channel, long position, ByteBuffer bytes, String what, Room room)
            throws IOException {
        int start = bytes.position();
        FileChannel _ = attempt(what, bytes.remaining(), room, () -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes, position + bytes.position() - start);
            }
            return channel;
        });
    }

    /**
     * Does something that needs space, again when room could be made for it.
     *
     * @param what for people, what cannot be written if it fails
     * @param bytes that it needs, about
     */
    public static <T> T attempt(String what, long bytes, Room room, Attempt<T> attempt) throws IOException {
        for (int left = TRIES; ; left--) {
            try {
                return attempt.run();
            } catch (IOException e) {
                Optional<String> advice = Optional.empty();
                if (full(e)) {
                    advice = room.make(bytes);
                    if (advice.isEmpty() && left > 0) {
                        continue;
                    }
                }
                throw failure(what, e, advice);
            }
        }
    }

    /**
     * The same for what needs a name, an inode or an attribute, and with it maybe a block. Errors other than a full file
     * system say enough, and stay as they are.
     */
    public static <T> T make(String what, Room room, Attempt<T> attempt) throws IOException {
        try {
            return attempt.run();
        } catch (IOException e) {
            if (!full(e)) {
                throw e;
            }
            return attempt(what, BLOCK, room, attempt);
        }
    }

    /** The same for one call. */
    public static void call(String what, Room room, Step step) throws IOException {
        String _ = make(what, room, () -> {
            step.run();
            return what;
        });
    }

    private static IOException failure(String what, IOException cause, Optional<String> advice) {
        String reason = String.valueOf(cause.getMessage());
        String known = reason.endsWith(TOO_MANY) ? LinuxException.hint(Errno.EMFILE) : "";
        String hint = advice.map(text -> "; " + text).orElse(known);
        return new IOException(what + " could not be written: " + reason + hint, cause);
    }
}
