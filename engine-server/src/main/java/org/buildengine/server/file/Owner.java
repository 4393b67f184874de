package org.buildengine.server.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;

/**
 * Who owns a file, in numbers.
 *
 * @param uid user, as an unsigned 32-bit number
 * @param gid group, as an unsigned 32-bit number
 */
public record Owner(int uid, int gid) {
    /** The owner of everything that nobody else owns. */
    public static final Owner ROOT = new Owner(0, 0);

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,10}");
    private static final long MOST = 0xFFFF_FFFEL;
    private static final int LONGEST_FILE = 16 << 20;

    /** There is no such user or group. */
    public static final class UnknownOwnerException extends IOException {
        private static final long serialVersionUID = 1L;

        UnknownOwnerException(String message) {
            super(message);
        }
    }

    /**
     * Reads {@code uid[:gid]}; without a group, the group has the number of the user.
     *
     * @throws UnknownOwnerException if one of them is no number of a user or group
     */
    public static Owner parseNumeric(String text) throws UnknownOwnerException {
        int colon = text.indexOf(':');
        int uid = number(colon < 0 ? text : text.substring(0, colon), "uid");
        return new Owner(uid, colon < 0 ? uid : number(text.substring(colon + 1), "gid"));
    }

    /**
     * Reads {@code user[:group]}, each a number or a name that {@code /etc/passwd} or {@code /etc/group} of {@code tree}
     * knows. Without a group, the group has the number of the user.
     *
     * @throws UnknownOwnerException if a name is not known
     */
    public static Owner lookUp(Tree tree, String text) throws IOException {
        int colon = text.indexOf(':');
        int uid = id(tree, colon < 0 ? text : text.substring(0, colon), "uid", "/etc/passwd");
        return new Owner(uid, colon < 0 ? uid : id(tree, text.substring(colon + 1), "gid", "/etc/group"));
    }

    private static int id(Tree tree, String name, String kind, String file) throws IOException {
        if (NUMBER.matcher(name).matches()) {
            return number(name, kind);
        }
        for (String line : read(tree, name, kind, file).split("\n", -1)) {
            String[] fields = line.split(":", -1);
            if (fields.length > 2 && fields[0].equals(name) && !name.isEmpty()) {
                return number(fields[2], kind);
            }
        }
        throw new UnknownOwnerException("find " + kind + ": \"" + name + "\" is not in " + file);
    }

    private static String read(Tree tree, String name, String kind, String file) throws IOException {
        Optional<Node> node = tree.resolve(file, true).filter(Node::isFile);
        if (node.isEmpty()) {
            throw new UnknownOwnerException("find " + kind + ": \"" + name + "\" cannot be looked up: open " + file
                    + ": no such file or directory");
        }
        if (node.get().size() > LONGEST_FILE) {
            throw new UnknownOwnerException("find " + kind + ": " + file + " is too large to be a list of users");
        }
        try (InputStream in = tree.open(node.get())) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static int number(String text, String kind) throws UnknownOwnerException {
        if (!NUMBER.matcher(text).matches() || Long.parseLong(text) > MOST) {
            throw new UnknownOwnerException("find " + kind + ": \"" + text + "\" is not a number from 0 to " + MOST);
        }
        return (int) Long.parseLong(text);
    }

    /** The two numbers, as {@link #parseNumeric} reads them. */
    @Override
    public String toString() {
        return Integer.toUnsignedString(uid) + ":" + Integer.toUnsignedString(gid);
    }
}
