package org.buildengine.snapshotter;

/** Parts of texts that are too long to be kept or shown, none of which has half of a character that Java spells with two. */
public final class Excerpt {
    private Excerpt() {}

    /** The text, or, if it is longer than {@code length}, its beginning and an ellipsis, which have just this length. */
    public static String abbreviated(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        int end = length - 1;
        return splits(text, end) ? text.substring(0, end - 1) + " …" : text.substring(0, end) + "…";
    }

    /** The beginning of a text, at most {@code length} long. */
    public static String beginning(String text, int length) {
        return text.length() <= length ? text : text.substring(0, splits(text, length) ? length - 1 : length);
    }

    /** From one place in a text to another, with the whole of the characters there. */
    public static String between(String text, int begin, int end) {
        return text.substring(splits(text, begin) ? begin - 1 : begin, splits(text, end) ? end + 1 : end);
    }

    private static boolean splits(String text, int at) {
        return 0 < at && at < text.length() && Character.isSurrogatePair(text.charAt(at - 1), text.charAt(at));
    }
}
