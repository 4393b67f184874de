package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What the kernel passes to a program (execve(2), "Limits on size of arguments and environment"): no argument and no variable
 * of 128 KiB or more, and of all together, each with a pointer, a quarter of the stack, but 128 KiB at least and 6 MiB at most.
 *
 * @param total of all together, in bytes
 */
record ArgumentSize(long total) {
    /** Of one, with the zero at the end. */
    private static final int LIMIT = 128 * 1024;

    private static final int MOST = 6 << 20;

    /** For the path of the program, and the words of the init that starts it. */
    private static final int OTHERS = 8192;

    private static final int POINTER = 8;

    /** For programs with a stack of so many bytes at most. */
    static ArgumentSize forStack(long bytes) {
        return new ArgumentSize(Math.clamp(bytes / 4, LIMIT, MOST) - OTHERS);
    }

    /**
     * Refuses what would not be passed.
     *
     * @param env variables as {@code NAME=value}
     * @throws IOException if one is too large, or all are; says which, how large, and what to do instead
     */
    void check(List<String> args, List<String> env) throws IOException {
        long size = 0;
        for (int i = 0; i < args.size(); i++) {
            size += check(args.get(i), i == 0 ? "the command's name" : "argument " + i + " of " + args.getFirst());
        }
        for (String variable : env) {
            size += check(
                    variable, "the environment variable " + variable.substring(0, Math.max(0, variable.indexOf('='))));
        }
        if (size > total) {
            throw new IOException("the arguments and environment variables of " + args.getFirst() + " have " + size
                    + " bytes together, and the kernel passes no more than " + total
                    + " to a command; put some into files (withNewFile, withMountedSecret) and name those");
        }
    }

    private static long check(String text, String what) throws IOException {
        int size = text.getBytes(StandardCharsets.UTF_8).length;
        if (size >= LIMIT) {
            throw new IOException(what + " has " + size + " bytes, and the kernel passes less than " + LIMIT
                    + " to a command; put the text into a file (withNewFile, withMountedSecret) and name that");
        }
        return size + 1L + POINTER;
    }
}
