package org.buildengine.client.progress;

/** Words as a shell reads them. */
final class ShellWord {
    private ShellWord() {}

    /** The word in single quotes where a shell would not take it as it is. */
    static String quoted(String word) {
        String shown = OutputLines.plain(word);
        return shown.matches("[\\w@%+=:,./*?-]+") ? shown : "'" + shown.replace("'", "'\\''") + "'";
    }
}
