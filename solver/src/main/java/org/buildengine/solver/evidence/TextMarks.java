package org.buildengine.solver.evidence;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Excerpt;

/**
 * What is kept of a text that is too long to be kept whole: prints of beginnings and ends, each longer than the one before. Two
 * texts of which that is known can be said to be the same up to some character, and from some other one; that is wrong once in some
 * 65 000 times.
 *
 * @param length of the text, in characters
 * @param beginnings two bytes of a hash of the beginnings that are as long as {@link #beginning} says
 * @param ends the same of the ends, as {@link #end} says
 * @param text itself, which is not kept; empty if these were read
 */
record TextMarks(int length, List<Integer> beginnings, List<Integer> ends, String text) {
    /** Longer parts of a text are not shown. */
    private static final int LONGEST_EXCERPT = 100;

    /** So many of each are kept at most; they reach to some 100 000 characters. */
    private static final int MOST = 32;

    TextMarks {
        beginnings = List.copyOf(beginnings);
        ends = List.copyOf(ends);
    }

    /**
     * What two texts have in common at both ends, at least, in characters.
     *
     * @param until the first character that differs is not behind this one, counted from 1
     */
    record Common(int first, int until, int last) {}

    static TextMarks of(String text) {
        var beginnings = new ArrayList<Integer>();
        var ends = new ArrayList<Integer>();
        int first = 0;
        int last = 0;
        for (int i = 0; i < text.length(); i++) {
            first = added(first, text.charAt(i));
            last = added(last, text.charAt(text.length() - 1 - i));
            addIf(beginning(beginnings.size()) == i + 1, first, beginnings);
            addIf(end(ends.size()) == i + 1, last, ends);
        }
        return new TextMarks(text.length(), beginnings, ends, text);
    }

    private static int added(int hash, char next) {
        return (hash ^ next) * 0x9e3779b1 + 0x7f4a7c15;
    }

    private static void addIf(boolean reached, int hash, List<Integer> marks) {
        if (reached && marks.size() < MOST) {
            marks.add((hash ^ (hash >>> 16)) & 0xffff);
        }
    }

    /** How long the beginnings are, each a quarter longer than the one before. */
    private static int beginning(int number) {
        return (int) Math.ceil(Field.MOST_SHOWN * Math.pow(1.25, number));
    }

    private static int end(int number) {
        return (int) Math.ceil(8 * Math.pow(1.4, number));
    }

    Common with(TextMarks other) {
        int first = same(beginnings, other.beginnings);
        int last = same(ends, other.ends);
        int begin = first == 0 ? 0 : beginning(first - 1);
        int shorter = Math.min(length, other.length);
        boolean marked = first < Math.min(beginnings.size(), other.beginnings.size());
        int until = marked ? Math.min(beginning(first), shorter + 1) : shorter + 1;
        return new Common(begin, until, last == 0 ? 0 : Math.min(end(last - 1), shorter - begin));
    }

    /**
     * Where it begins to differ from an earlier one, and from where on it is the same again, in words.
     *
     * @param shown so many characters are known to be the same
     */
    String difference(TextMarks other, int shown) {
        Common common = with(other);
        int first = Math.max(common.first(), shown);
        String part = Excerpt.between(text, Math.min(first, text.length()), Math.min(common.until(), text.length()));
        String excerpt = part.isEmpty() || part.length() > LONGEST_EXCERPT ? "" : ", \"" + part + "\" now";
        String last = common.last() == 0 ? "" : "; the same in the last " + common.last() + " at least";
        return "the first that differs is between " + (first + 1) + " and " + common.until() + excerpt + last;
    }

    private static int same(List<Integer> one, List<Integer> other) {
        int same = 0;
        while (same < Math.min(one.size(), other.size()) && one.get(same).equals(other.get(same))) {
            same++;
        }
        return same;
    }

    static void write(Optional<TextMarks> marks, DataOutputStream out) throws IOException {
        List<Integer> beginnings = marks.map(TextMarks::beginnings).orElse(List.of());
        List<Integer> ends = marks.map(TextMarks::ends).orElse(List.of());
        out.writeByte(ends.size());
        if (marks.isPresent()) {
            out.writeInt(marks.get().length());
            out.writeByte(beginnings.size());
            for (int mark : beginnings) {
                out.writeShort(mark);
            }
            for (int mark : ends) {
                out.writeShort(mark);
            }
        }
    }

    static Optional<TextMarks> read(DataInputStream in) throws IOException {
        int ends = in.readUnsignedByte();
        if (ends == 0) {
            return Optional.empty();
        }
        int length = in.readInt();
        int beginnings = in.readUnsignedByte();
        return Optional.of(new TextMarks(length, marks(beginnings, in), marks(ends, in), ""));
    }

    private static List<Integer> marks(int many, DataInputStream in) throws IOException {
        var marks = new ArrayList<Integer>();
        for (int left = many; left > 0; left--) {
            marks.add(in.readUnsignedShort());
        }
        return marks;
    }
}
