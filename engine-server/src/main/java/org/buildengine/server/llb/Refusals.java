package org.buildengine.server.llb;

import org.buildengine.server.core.ApiException;
import org.buildengine.session.Beginning;

/** The errors of this package, for whoever wrote the definition. */
final class Refusals {
    private static final int LONGEST_SHOWN = 100;
    private static final int LONGEST_MESSAGE = 2000;

    private Refusals() {}

    /** Something that the language has and this engine does not do; {@code instead} says what to do about it. */
    static ApiException unsupported(String what, String instead) {
        return new ApiException("UNSUPPORTED", what + " is not supported in a definition: " + instead);
    }

    /** Refuses what is {@code present}. */
    static void refuse(boolean present, String what, String instead) throws ApiException {
        if (present) {
            throw unsupported(what, instead);
        }
    }

    /** Something that no engine could carry out. */
    static ApiException invalid(String message) {
        return new ApiException("INVALID_ARGUMENT", message);
    }

    /** More than is read. */
    static ApiException tooLarge(String message) {
        return new ApiException("TOO_LARGE", message);
    }

    /** The same error with the place where it is. */
    static ApiException at(String place, ApiException error) {
        String message = Beginning.abbreviated(String.valueOf(error.getMessage()), LONGEST_MESSAGE);
        var located = new ApiException(error.code(), place + ": " + message);
        located.initCause(error);
        return located;
    }

    /** A text of the definition as messages show it. */
    static String shown(String text) {
        return '"' + Beginning.abbreviated(text.replace("\0", "\\0").replace("\n", "\\n"), LONGEST_SHOWN) + '"';
    }
}
