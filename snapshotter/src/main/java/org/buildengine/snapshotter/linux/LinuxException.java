package org.buildengine.snapshotter.linux;

import java.io.IOException;

/** A system call failed. The message names what it was done to, the call, and the kernel's reason. */
public final class LinuxException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;
    private final String call;
    private final String path;

    /**
     * Describes a failed call.
     *
     * @param errno positive error number
     * @param call name of the system call, with its interesting argument if that helps
     * @param path what it was done to
     */
    public LinuxException(int errno, String call, String path) {
        this(errno, call, path, "");
    }

    /** As above, with further words of the kernel, which may be empty. */
    public LinuxException(int errno, String call, String path, String detail) {
        super(text(errno, call, path, detail));
        this.errno = errno;
        this.call = call;
        this.path = path;
    }

    private static String text(int errno, String call, String path, String detail) {
        return path + ": " + call + ": " + Errno.text(errno) + (detail.isEmpty() ? "" : " (" + detail + ")")
                + hint(errno);
    }

    /** What helps against an error, after a semicolon; empty if nobody knows. */
    static String hint(int errno) {
        return switch (errno) {
            case Errno.ENOSPC, Errno.EDQUOT ->
                "; free some space on the file system of the engine's root directory, or prune the cache";
            case Errno.EMFILE, Errno.ENFILE ->
                "; let the engine have more files open (LimitNOFILE of its service, or ulimit -n)";
            default -> "";
        };
    }

    /** The positive error number, see {@link Errno}. */
    public int errno() {
        return errno;
    }

    /** The name of the system call. */
    public String call() {
        return call;
    }

    /** What the call was made for. */
    public String path() {
        return path;
    }
}
