package org.buildengine.server.core;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.buildengine.snapshotter.TreeException;

/** Arithmetic of slash-separated paths within a tree. Nothing here looks at a tree. */
public final class TreePaths {
    private static final int MAX_NAME = 255;

    private TreePaths() {}

    /** {@code path} without empty elements, {@code .} and {@code ..}, which never leads out of the root; the root is empty. */
    public static String clean(String path) {
        var elements = new ArrayDeque<String>();
        for (String element : path.split("/", -1)) {
            if (element.equals("..")) {
                elements.pollLast();
            } else if (!element.isEmpty() && !element.equals(".")) {
                elements.addLast(element);
            }
        }
        return String.join("/", elements);
    }

    /** {@code path}, cleaned on its own, below the clean path {@code base}. */
    public static String below(String base, String path) {
        String inner = clean(path);
        if (base.isEmpty() || inner.isEmpty()) {
            return base + inner;
        }
        return base + "/" + inner;
    }

    /** {@code path} as seen from the absolute directory {@code directory}; the result is absolute and clean. */
    public static String absolute(String directory, String path) {
        return "/" + clean(path.startsWith("/") ? path : directory + "/" + path);
    }

    /** The last element of a clean path; empty for the root. */
    public static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The clean path without its last element. */
    public static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash <= 0 ? (path.startsWith("/") ? "/" : "") : path.substring(0, slash);
    }

    /** Whether the clean absolute {@code path} is {@code directory} or lies below it. */
    public static boolean contains(String directory, String path) {
        return directory.equals("/") || path.equals(directory) || path.startsWith(directory + "/");
    }

    /**
     * Refuses names that no file system takes.
     *
     * @throws ApiException if an element of {@code path} is longer than 255 bytes, or holds a NUL
     */
    public static void checkNames(String path) throws ApiException {
        CText.check("a file name", path);
        for (String element : path.split("/", -1)) {
            if (element.getBytes(StandardCharsets.UTF_8).length > MAX_NAME) {
                throw new ApiException(
                        TreeException.Code.NAME_TOO_LONG.name(),
                        "File name length exceeds the maximum supported 255 characters");
            }
        }
    }
}
