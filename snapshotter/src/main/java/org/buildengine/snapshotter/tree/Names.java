package org.buildengine.snapshotter.tree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.linux.FileNames;

/**
 * Names and paths as text and as bytes. Names that are not UTF-8 lose nothing: see {@link FileNames}.
 */
public final class Names {
    /** Longest name in bytes. */
    public static final int NAME_MAX = 255;

    /** Longest path in bytes. */
    public static final int PATH_MAX = 4095;

    /** Most names in a path. Trees are walked by recursion, and a stack holds some four times as many. */
    public static final int DEPTH_MAX = 512;

    private Names() {}

    /** The text of raw bytes. */
    public static String decode(byte[] bytes, int offset, int length) {
        return FileNames.decode(bytes, offset, length);
    }

    /** The raw bytes of text; the reverse of {@link #decode}. */
    public static byte[] encode(String text) {
        return FileNames.encode(text);
    }

    /** The elements of a path, with {@code .} and {@code ..} applied; {@code ..} at the root stays there. */
    public static List<String> elements(String path) {
        Deque<String> clean = new ArrayDeque<>();
        for (String element : split(path)) {
            if (element.equals("..")) {
                clean.pollLast();
            } else {
                clean.addLast(element);
            }
        }
        return new ArrayList<>(clean);
    }

    /** The elements of a path without empty ones and {@code .}; {@code ..} is kept. */
    public static List<String> split(String path) {
        var elements = new ArrayList<String>();
        int start = 0;
        while (start <= path.length()) {
            int end = path.indexOf('/', start);
            end = end < 0 ? path.length() : end;
            if (end > start && !(end == start + 1 && path.charAt(start) == '.')) {
                elements.add(path.substring(start, end));
            }
            start = end + 1;
        }
        return elements;
    }

    /** The path without leading slash, {@code .} and {@code ..}; empty for the root. */
    public static String clean(String path) {
        return String.join("/", elements(path));
    }

    /** A path below a directory; either may be empty. */
    public static String join(String directory, String name) {
        if (directory.isEmpty()) {
            return name;
        }
        return name.isEmpty() ? directory : directory + "/" + name;
    }

    /** The directory of a clean path. */
    public static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? "" : path.substring(0, slash);
    }

    /**
     * The elements of a path that is about to be written.
     *
     * @throws TreeException if the path leaves the root, is too long or too deep, or one of its names is too long
     */
    public static List<String> writable(String path) throws TreeException {
        var clean = new ArrayList<String>();
        int length = 0;
        for (String element : split(path)) {
            if (element.equals("..")) {
                if (clean.isEmpty()) {
                    throw new TreeException(TreeException.Code.NOT_FOUND, path);
                }
                clean.removeLast();
                continue;
            }
            clean.add(element);
            int bytes = encode(element).length;
            length += bytes + 1;
            if (bytes > NAME_MAX || length > PATH_MAX || clean.size() > DEPTH_MAX) {
                throw new TreeException(TreeException.Code.NAME_TOO_LONG, path);
            }
            if (element.indexOf('\0') >= 0) {
                throw new TreeException(TreeException.Code.NOT_FOUND, path.replace('\0', '?'));
            }
        }
        return clean;
    }
}
