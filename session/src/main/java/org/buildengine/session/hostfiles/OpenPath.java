package org.buildengine.session.hostfiles;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;

/**
 * The open directories from a root down to where it was last looked. Each is opened in the one above it and never through a
 * link; the next look costs only what differs from the last. Used by one thread.
 */
final class OpenPath implements Closeable {
    /** Further down only the deepest is kept open: a process may have few descriptors. */
    private static final int MOST_OPEN = 64;

    private static final int LONGEST = 4096;

    private static final int O_RDONLY = 0;
    private static final int O_NONBLOCK = 04000;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_DIRECTORY = isArm() ? 040000 : 0200000;
    private static final int O_NOFOLLOW = isArm() ? 0100000 : 0400000;

    private final LinuxCalls calls;
    private final String root;
    private final List<Level> levels = new ArrayList<>();
    private final NativeBuffer name = new NativeBuffer(LONGEST + 1);

    /** A directory that is open; the root has the empty path. */
    private record Level(String path, int descriptor) {}

    /** A path that begins at {@code root}, which is opened when it is needed. */
    OpenPath(LinuxCalls calls, String root) {
        this.calls = calls;
        this.root = root;
    }

    private static boolean isArm() {
        return System.getProperty("os.arch", "").equals("aarch64");
    }

    /** The path of a name in a directory. */
    static String below(String directory, String name) {
        return directory.isEmpty() ? name : directory + "/" + name;
    }

    /** A descriptor of the directory, valid until the next call here; its names are read from the first on. */
    int reopened(String directory) throws IOException {
        if (!levels.isEmpty() && levels.getLast().path.equals(directory)) {
            leave();
        }
        return at(directory);
    }

    /** Opens a file for reading, for the caller to close. A pipe that took its place does not block, but is empty. */
    int openFile(String file) throws IOException {
        int slash = file.lastIndexOf('/');
        int directory = at(file.substring(0, Math.max(0, slash)));
        return open(directory, file.substring(slash + 1), O_NOFOLLOW | O_NONBLOCK, file);
    }

    private int at(String directory) throws IOException {
        while (!levels.isEmpty() && !isWithin(directory, levels.getLast().path)) {
            leave();
        }
        if (levels.isEmpty()) {
            levels.add(new Level("", open(LinuxCalls.AT_FDCWD, root, O_DIRECTORY, "")));
        }
        while (levels.getLast().path.length() < directory.length()) {
            String above = levels.getLast().path;
            int start = above.isEmpty() ? 0 : above.length() + 1;
            int slash = directory.indexOf('/', start);
            int end = slash < 0 ? directory.length() : slash;
            String path = directory.substring(0, end);
            int opened =
                    open(levels.getLast().descriptor, directory.substring(start, end), O_DIRECTORY | O_NOFOLLOW, path);
            if (levels.size() == MOST_OPEN) {
                leave();
            }
            levels.add(new Level(path, opened));
        }
        return levels.getLast().descriptor;
    }

    /** Whether {@code inner} is {@code outer} or below it. */
    private static boolean isWithin(String inner, String outer) {
        return outer.isEmpty()
                || (inner.startsWith(outer)
                        && (inner.length() == outer.length() || inner.charAt(outer.length()) == '/'));
    }

    private void leave() {
        calls.close(levels.removeLast().descriptor);
    }

    private int open(int directory, String text, int flags, String shown) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LONGEST) {
            throw new FileSystemException(shown(shown), null, "the name is too long");
        }
        name.bytes().put(0, bytes).put(bytes.length, (byte) 0);
        return (int) checked(calls.openat(directory, name.address(), O_RDONLY | O_CLOEXEC | flags), shown);
    }

    /**
     * What a call returned.
     *
     * @param path what it was about
     * @throws FileSystemException if it is a negated error number
     */
    long checked(long result, String path) throws FileSystemException {
        if (result < 0) {
            throw failure(result, path);
        }
        return result;
    }

    /** What a negated error number says about a path. */
    FileSystemException failure(long result, String path) {
        String where = shown(path);
        return switch ((int) -result) {
            case LinuxCalls.ENOENT -> new NoSuchFileException(where);
            case LinuxCalls.ENOTDIR -> new NotDirectoryException(where);
            case LinuxCalls.EACCES -> new AccessDeniedException(where);
            case LinuxCalls.ELOOP -> new FileSystemException(where, null, "it has become a symbolic link");
            default -> new FileSystemException(where, null, LinuxCalls.describe((int) -result));
        };
    }

    private String shown(String path) {
        return path.isEmpty() ? root : root + "/" + path;
    }

    @Override
    public void close() {
        while (!levels.isEmpty()) {
            leave();
        }
    }
}
