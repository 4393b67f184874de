package org.buildengine.session;

/** Beginnings of texts that are too long for people. */
public final class Beginning {
    private Beginning() {}

    /** At most {@code length} of a text, without half of a character that Java spells with two. */
    public static String of(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        boolean splits = Character.isSurrogatePair(text.charAt(length - 1), text.charAt(length));
        return text.substring(0, splits ? length - 1 : length);
    }

    /** At most {@code length} of a text, and an ellipsis behind it if that is not all. */
    public static String abbreviated(String text, int length) {
        return text.length() <= length ? text : of(text, length - 1) + "…";
    }
}
