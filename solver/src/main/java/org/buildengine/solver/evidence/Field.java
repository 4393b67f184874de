package org.buildengine.solver.evidence;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Excerpt;

/**
 * One thing that distinguishes an operation from others of its kind.
 *
 * @param name unique within the operation, but for variables and mounts that are given more than once
 * @param shown the value as people may see it; empty if they may not, or if it is long
 * @param print the first bytes of a digest of the value; 0 if the value is shown whole
 * @param marks of an argument that is shown in part only
 */
public record Field(Group group, String name, String shown, long print, Optional<TextMarks> marks) {
    /** Longer values are abbreviated. */
    static final int MOST_SHOWN = 80;

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
        Optional<TextMarks> marks = group == Group.ARGUMENT && value.length() > MOST_SHOWN
                ? Optional.of(TextMarks.of(value))
                : Optional.empty();
        String shown = abbreviated(value);
        return new Field(group, bounded(name), shown, isWhole(shown) ? 0 : print(Digest.of(value)), marks);
    }

    /** As much of a value as people are shown. */
    static String abbreviated(String value) {
        return Excerpt.abbreviated(value, MOST_SHOWN);
    }

    /** A field whose value is told by its digest only. */
    static Field closed(Group group, String name, Digest value) {
        return new Field(group, bounded(name), "", print(value), Optional.empty());
    }

    Field with(Optional<TextMarks> kept) {
        return new Field(group, name, shown, print, kept);
    }

    private static String bounded(String name) {
        if (name.length() <= LONGEST_NAME) {
            return name;
        }
        String digest = "… (sha256 " + Digest.of(name).hex().substring(0, 12) + ")";
        return Excerpt.beginning(name, LONGEST_NAME - digest.length()) + digest;
    }

    private static long print(Digest digest) {
        return ByteBuffer.wrap(digest.toBytes()).getLong();
    }

    /** Whether the value is that of {@code other}. */
    boolean hasValueOf(Field other) {
        return print == other.print && shown.equals(other.shown);
    }

    /** Whether the shown value is only a part, as it seems. What follows it on the disk depends on that, so all parts have one length. */
    boolean seemsAbbreviated() {
        return seemsAbbreviated(shown);
    }

    private static boolean seemsAbbreviated(String shown) {
        return shown.length() == MOST_SHOWN && shown.endsWith("…");
    }

    /** Whether what is shown is all of the value, for sure. */
    static boolean isWhole(String shown) {
        return !shown.isEmpty() && !seemsAbbreviated(shown);
    }

    /** The value for people, told apart from that of {@code other}. */
    String against(Field other) {
        return shown.equals(other.shown) && !shown.isEmpty() ? shown + " (" + essence() + ")" : toText();
    }

    /** The same, and where it begins and ends to differ from {@code other}, which came before, as far as that is known. */
    String after(Field other) {
        if (!shown.equals(other.shown) || marks.isEmpty() || other.marks.isEmpty()) {
            return against(other);
        }
        String difference = marks.get().difference(other.marks.get(), MOST_SHOWN - 1);
        return shown + " (" + essence() + "; " + difference + ")";
    }

    private String essence() {
        return digest()
                + marks.map(text -> ", " + text.length() + " characters").orElse("");
    }

    /** The value for people. */
    String toText() {
        return print == EMPTY ? "empty" : shown.isEmpty() ? digest() : shown;
    }

    private String digest() {
        return "sha256 " + HexFormat.of().toHexDigits(print >>> 16, 12);
    }
}
