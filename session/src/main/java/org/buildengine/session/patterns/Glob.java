package org.buildengine.session.patterns;

import java.util.regex.Pattern;

/** Turns shell patterns over {@code /}-separated paths into regular expressions. */
final class Glob {
    private final String glob;
    private final Dialect dialect;
    private final StringBuilder regex = new StringBuilder();
    private int at;

    private Glob(String glob, Dialect dialect) {
        this.glob = glob;
        this.dialect = dialect;
    }

    /** How {@code **} is understood. */
    enum Dialect {
        /** {@code **} stands for any number of whole names wherever it appears; at the end for anything at all. */
        MOBY,
        /** {@code **} is special only as a whole name; elsewhere it is a star. */
        GIT
    }

    /**
     * The expression that matches what {@code glob} matches, without anchors.
     *
     * @throws IllegalArgumentException if a bracket or a backslash is not finished
     */
    static String toRegex(String glob, Dialect dialect) {
        Glob translation = new Glob(glob, dialect);
        while (translation.at < glob.length()) {
            translation.next();
        }
        return translation.regex.toString();
    }

    /** Whether the text has no character with a special meaning. */
    static boolean isLiteral(String glob) {
        for (int i = 0; i < glob.length(); i++) {
            if ("*?[]\\".indexOf(glob.charAt(i)) >= 0) {
                return false;
            }
        }
        return true;
    }

    private void next() {
        char c = glob.charAt(at++);
        switch (c) {
            case '*' -> star();
            case '?' -> regex.append("[^/]");
            case '[' -> bracket();
            case '\\' -> {
                if (at == glob.length()) {
                    throw invalid("it ends with a backslash");
                }
                literal(glob.charAt(at++));
            }
            default -> literal(c);
        }
    }

    private void star() {
        int start = at - 1;
        if (at == glob.length() || glob.charAt(at) != '*') {
            regex.append("[^/]*");
            return;
        }
        while (at < glob.length() && glob.charAt(at) == '*') {
            at++;
        }
        boolean atEnd = at == glob.length();
        boolean beforeSlash = !atEnd && glob.charAt(at) == '/';
        boolean afterSlash = start == 0 || glob.charAt(start - 1) == '/';
        if (dialect == Dialect.GIT && !(afterSlash && (atEnd || beforeSlash))) {
            regex.append("[^/]*");
        } else if (atEnd) {
            regex.append(".*");
        } else {
            at += beforeSlash ? 1 : 0;
            regex.append("(?:.*/)?");
        }
    }

    private void bracket() {
        regex.append('[');
        if (at < glob.length() && (glob.charAt(at) == '^' || (dialect == Dialect.GIT && glob.charAt(at) == '!'))) {
            at++;
            regex.append("^/");
        }
        boolean first = true;
        while (true) {
            if (at == glob.length()) {
                throw invalid("a bracket is not closed");
            }
            char c = glob.charAt(at++);
            if (c == ']' && !(first && dialect == Dialect.GIT)) {
                if (first) {
                    throw invalid("a bracket is empty");
                }
                regex.append(']');
                return;
            }
            if (c == '\\') {
                if (at == glob.length()) {
                    throw invalid("a bracket is not closed");
                }
                escaped(glob.charAt(at++));
            } else if (c == '-' && !first && at < glob.length() && glob.charAt(at) != ']') {
                regex.append('-');
            } else {
                escaped(c);
            }
            first = false;
        }
    }

    private void literal(char c) {
        if ("\\.[]{}()+-^$|*?&".indexOf(c) >= 0) {
            regex.append('\\');
        }
        regex.append(c);
    }

    private void escaped(char c) {
        if ("\\[]^-&".indexOf(c) >= 0) {
            regex.append('\\');
        }
        regex.append(c);
    }

    private IllegalArgumentException invalid(String why) {
        return new IllegalArgumentException("the pattern \"" + glob + "\" is not valid: " + why);
    }

    /** Compiles an expression of this class so that dots match every character of a name. */
    static Pattern compile(String regex) {
        return Pattern.compile(regex, Pattern.DOTALL);
    }
}
