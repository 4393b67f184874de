package org.buildengine.session.tree;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import org.buildengine.session.Beginning;
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
    /** The files that were sent, so in this order. */
    private final List<String> files = new ArrayList<>();

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
        if (entry.isHardLink() && Collections.binarySearch(files, entry.hardLinkOf(), EntryOrder::compare) < 0) {
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
        if (path.length() > MAX_PATH_BYTES || bytes(path, 0, path.length()) > MAX_PATH_BYTES) {
            throw refused(Beginning.of(path, 60) + "…", "the path is longer than " + MAX_PATH_BYTES + " bytes");
        }
        if (path.indexOf('\0') >= 0) {
            throw refused(path.replace('\0', '?'), "the path contains a zero byte");
        }
        for (int start = 0; start <= path.length(); ) {
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash;
            if (isEmptyOrDots(path, start, end)) {
                throw refused(path, "the path is not clean");
            }
            if (bytes(path, start, end) > MAX_NAME_BYTES) {
                throw refused(path, "a name is longer than " + MAX_NAME_BYTES + " bytes");
            }
            start = end + 1;
        }
    }

    private static boolean isEmptyOrDots(String path, int start, int end) {
        return switch (end - start) {
            case 0 -> true;
            case 1 -> path.charAt(start) == '.';
            case 2 -> path.charAt(start) == '.' && path.charAt(start + 1) == '.';
            default -> false;
        };
    }

    /** Length in UTF-8, as far as it matters here: at least that of the text, and exact where it is well-formed. */
    private static int bytes(String text, int start, int end) {
        int count = end - start;
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                // each half of a pair counts two of its four bytes
                count += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return count;
    }

    private static HostException refused(String path, String why) {
        return new HostException(Reason.PROTOCOL, "the sender's entry \"" + path + "\" is refused: " + why);
    }

    /** Compares two paths as their UTF-8 bytes would, but with {@code /} before every other character. */
    public static int compare(String left, String right) {
        int shorter = Math.min(left.length(), right.length());
        for (int i = 0; i < shorter; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                return Integer.compare(rank(a), rank(b));
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    /** UTF-16 puts surrogates, which stand for the highest characters, before some of the others; bytes do not. */
    private static int rank(char c) {
        return c == '/' ? -1 : Character.isSurrogate(c) ? c + Character.MAX_VALUE : c;
    }
}
