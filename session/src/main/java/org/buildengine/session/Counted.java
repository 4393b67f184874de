package org.buildengine.session;

/** Numbers of things, in words for people. */
public final class Counted {
    private Counted() {}

    /** A number with its noun, such as {@code 1 step} or {@code 2 steps}. */
    public static String of(long number, String noun) {
        return of(number, noun, noun + "s");
    }

    /** The same with a noun whose plural is not made by an s. */
    public static String of(long number, String one, String many) {
        return number + " " + (number == 1 ? one : many);
    }
}
