package org.buildengine.server.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the kernel passes to a program: no argument and no variable of 128 KiB or more (execve(2), MAX_ARG_STRLEN). */
final class ArgumentSize {
    /** With the zero at the end. */
    private static final int LIMIT = 128 * 1024;

    private ArgumentSize() {}

    /**
     * Refuses what would not be passed.
     *
     * @param env variables as {@code NAME=value}
     * @throws IOException if one is too large; says which, how large, and what to do instead
     */
    static void check(List<String> args, List<String> env) throws IOException {
        for (int i = 0; i < args.size(); i++) {
            check(args.get(i), i == 0 ? "the command's name" : "argument " + i + " of " + args.getFirst());
        }
        for (String variable : env) {
            check(variable, "the environment variable " + variable.substring(0, Math.max(0, variable.indexOf('='))));
        }
    }

    private static void check(String text, String what) throws IOException {
        // A character is no more than three bytes.
        if (text.length() < LIMIT / 3) {
            return;
        }
        int size = text.getBytes(StandardCharsets.UTF_8).length;
        if (size >= LIMIT) {
            throw new IOException(what + " has " + size + " bytes, and the kernel passes less than " + LIMIT
                    + " to a command; put the text into a file (withNewFile, withMountedSecret) and name that");
        }
    }
}
