package org.buildengine.session.tree;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/**
 * Checks that entries come in the order of the protocol and that no path or hard link leads out of the tree: clean
 * relative paths, strictly ascending by bytes with {@code /} lowest (so none twice), each below the directory announced
 * before. Used by one thread.
 */
public final class EntryOrder {
    private static final int MAX_NAME_BYTES = 255;
    private static final int MAX_PATH_BYTES = 4096;

    private final Deque<String> openDirectories = new ArrayDeque<>();
    private final Set<String> files = new HashSet<>();
    private String last = "";

    /** Takes the next entry, or throws a {@link HostException} that names it. */
    public void check(TreeEntry entry) throws HostException {
        String path = entry.path();
        checkName(path);
        if (!last.isEmpty() && compare(last, path) >= 0) {
            throw refused(path, "changes out of order: it follows \"" + last + "\"");
        }
        checkParent(path);
        if (entry.type() == EntryType.SOCKET) {
            throw refused(path, "sockets cannot be sent");
        }
        if (entry.isHardLink() && !files.contains(entry.hardLinkOf())) {
            throw refused(
                    path,
                    "changes out of order: it is a hard link to \"" + entry.hardLinkOf() + "\", which was not sent");
        }
        if (entry.type() == EntryType.FILE && !entry.isHardLink()) {
            files.add(path);
        }
        if (entry.type() == EntryType.DIRECTORY) {
            openDirectories.push(path);
        }
        last = path;
    }

    private void checkParent(String path) throws HostException {
        while (!openDirectories.isEmpty() && !path.startsWith(openDirectories.peek() + "/")) {
            openDirectories.pop();
        }
        String parent = openDirectories.isEmpty() ? "" : openDirectories.peek();
        if (path.lastIndexOf('/') != (parent.isEmpty() ? -1 : parent.length())) {
            throw refused(path, "changes out of order: its parent is not a directory that was sent");
        }
    }

    private static void checkName(String path) throws HostException {
        if (path.isEmpty() || path.startsWith("/")) {
            throw refused(path, "paths must be relative and not empty");
        }
        if (path.length() > MAX_PATH_BYTES || path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw refused(path.substring(0, 60) + "…", "the path is longer than " + MAX_PATH_BYTES + " bytes");
        }
        if (path.indexOf('\0') >= 0) {
            throw refused(path.replace('\0', '?'), "the path contains a zero byte");
        }
        for (String name : path.split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                throw refused(path, "the path is not clean");
            }
            if (name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
                throw refused(path, "a name is longer than " + MAX_NAME_BYTES + " bytes");
            }
        }
    }

    private static HostException refused(String path, String why) {
        return new HostException(Reason.PROTOCOL, "the sender's entry \"" + path + "\" is refused: " + why);
    }

    /** Compares two paths as their UTF-8 bytes would, but with {@code /} before every other character. */
    public static int compare(String left, String right) {
        int l = 0;
        int r = 0;
        while (l < left.length() && r < right.length()) {
            int a = left.codePointAt(l);
            int b = right.codePointAt(r);
            if (a != b) {
                return Integer.compare(a == '/' ? -1 : a, b == '/' ? -1 : b);
            }
            l += Character.charCount(a);
            r += Character.charCount(b);
        }
        return Integer.compare(left.length() - l, right.length() - r);
    }
}
