package org.buildengine.server.llb;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.buildengine.server.core.ApiException;
import org.buildengine.server.core.TreePaths;

/** Checks what operations say about places in trees. */
final class TreeText {
    /** The kernel takes no longer ones. */
    private static final int LONGEST_PATH = 4096;

    private static final int PERMISSIONS = 0777;

    private static final Pattern WILDCARD = Pattern.compile("[*?\\[\\\\]");

    private TreeText() {}

    /**
     * The absolute clean path that is meant.
     *
     * @throws ApiException if no file system takes it
     */
    static String path(String written) throws ApiException {
        if (written.getBytes(StandardCharsets.UTF_8).length > LONGEST_PATH) {
            throw Refusals.invalid(
                    "the path " + Refusals.shown(written) + " is longer than " + LONGEST_PATH + " bytes");
        }
        TreePaths.checkNames(written);
        return TreePaths.absolute("/", written);
    }

    /** The directory that a clean path lies in, unless that is the root, which is always there. */
    static Optional<String> parent(String path) {
        return Optional.of(TreePaths.parent(path)).filter(parent -> !parent.equals("/"));
    }

    /** Whether a pattern would be more than a name. */
    static boolean hasWildcards(String path) {
        return WILDCARD.matcher(path).find();
    }

    /** The pattern that matches just this path. */
    static String literally(String path) {
        return WILDCARD.matcher(path).replaceAll("\\\\$0");
    }

    /** The permission bits; others are refused. */
    static int mode(int mode) throws ApiException {
        if (mode < 0 || mode > PERMISSIONS) {
            throw Refusals.unsupported(
                    "the mode " + Integer.toOctalString(mode), "give permissions from 0 to 777 (octal)");
        }
        return mode;
    }
}
