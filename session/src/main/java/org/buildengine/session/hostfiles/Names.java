package org.buildengine.session.hostfiles;

import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/** Names of files as the wire carries them: UTF-8 without doubt. */
final class Names {
    private Names() {}

    /** Refuses a name or target whose bytes are no UTF-8; its text would name another file on the other side. */
    static HostException unreadable(String where) {
        return new HostException(
                Reason.PROTOCOL, "the name of " + where + " is not UTF-8 and cannot be sent; rename it, or exclude it");
    }

    /** Whether a text stands for bytes that are UTF-8. */
    static boolean isReadable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean broken = c == '\uFFFD'
                    || (Character.isHighSurrogate(c)
                            && (i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))))
                    || (Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1))));
            if (broken) {
                return false;
            }
        }
        return true;
    }
}
