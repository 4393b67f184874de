package org.buildengine.solver.evidence;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.buildengine.snapshotter.Digest;

/**
 * One thing that distinguishes an operation from others of its kind.
 *
 * @param name unique within the operation, but for variables and mounts that are given more than once
 * @param shown the value as people may see it; empty if they may not, or if it is long
 * @param print the first bytes of a digest of the value
 */
public record Field(Group group, String name, String shown, long print) {
    private static final int MOST_SHOWN = 80;
    private static final long EMPTY = print(Digest.of(""));

    /** Longer names are abbreviated, with a digest of the whole. */
    private static final int LONGEST_NAME = 1000;

    /** What kind of thing. Codes are part of the format on disk. */
    public enum Group {
        ARGUMENT,
        ENVIRONMENT,
        SETTING
    }

    /** A field whose value may be shown, abbreviated. */
    static Field open(Group group, String name, String value) {
        return new Field(group, bounded(name), abbreviated(value), print(Digest.of(value)));
    }

    /** As much of a value as people are shown. */
    static String abbreviated(String value) {
        return value.length() <= MOST_SHOWN ? value : value.substring(0, MOST_SHOWN - 1) + "…";
    }

    /** A field whose value is told by its digest only. */
    static Field closed(Group group, String name, Digest value) {
        return new Field(group, bounded(name), "", print(value));
    }

    private static String bounded(String name) {
        if (name.length() <= LONGEST_NAME) {
            return name;
        }
        String digest = "… (sha256 " + Digest.of(name).hex().substring(0, 12) + ")";
        return name.substring(0, LONGEST_NAME - digest.length()) + digest;
    }

    private static long print(Digest digest) {
        return ByteBuffer.wrap(digest.toBytes()).getLong();
    }

    /** The value for people, told apart from that of {@code other}. */
    String against(Field other) {
        return shown.equals(other.shown) && !shown.isEmpty() ? shown + " (" + digest() + ")" : toText();
    }

    /** The value for people. */
    String toText() {
        return print == EMPTY ? "empty" : shown.isEmpty() ? digest() : shown;
    }

    private String digest() {
        return "sha256 " + HexFormat.of().toHexDigits(print >>> 16, 12);
    }
}
