package org.buildengine.server.core;

import java.util.Collection;

/** Texts that end up as C strings: arguments and variables of programs, names of files and users. */
public final class CText {
    private CText() {}

    /**
     * Refuses texts that would be cut off at a NUL.
     *
     * @param what they are, for the message, e.g. {@code an argument}
     * @throws ApiException {@code INVALID_ARGUMENT}, with the text in it
     */
    public static void check(String what, Collection<String> texts) throws ApiException {
        for (String text : texts) {
            check(what, text);
        }
    }

    /** As {@link #check(String, Collection)}, for one text. */
    public static void check(String what, String text) throws ApiException {
        if (text.indexOf('\0') >= 0) {
            throw new ApiException(
                    "INVALID_ARGUMENT", what + " cannot hold a NUL character: " + text.replace("\0", "\\0"));
        }
    }

    /**
     * Refuses what cannot be the name of an environment variable.
     *
     * @throws ApiException {@code INVALID_ARGUMENT}, with the name in it
     */
    public static void checkVariable(String name) throws ApiException {
        if (name.isEmpty()) {
            throw new ApiException("INVALID_ARGUMENT", "the name of an environment variable cannot be empty");
        }
        if (name.indexOf('=') >= 0) {
            throw new ApiException(
                    "INVALID_ARGUMENT", "the name of an environment variable cannot hold an equals sign: " + name);
        }
        check("the name of an environment variable", name);
    }
}
