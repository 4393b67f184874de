package org.buildengine.server.core;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern over the paths of a tree: {@code *} and {@code ?} stay within one name, {@code **} crosses slashes and
 * matches nothing too where it stands between them, brackets are character classes, a backslash takes the next
 * character as it is. A negated pattern (leading {@code !}) matches nothing. Immutable.
 */
final class GlobPattern {
    private static final String SPECIAL = "*?[]\\";

    private final Optional<Pattern> expression;

    /** What each path that matches begins and ends with: looked at first, since most paths of a tree fail there. */
    private final String start;

    private final String end;

    private GlobPattern(Optional<Pattern> expression, String start, String end) {
        this.expression = expression;
        this.start = start;
        this.end = end;
    }

    /**
     * Reads a pattern.
     *
     * @throws ApiException if a bracket or a range in it is malformed
     */
    static GlobPattern of(String text) throws ApiException {
        if (text.startsWith("!")) {
            return new GlobPattern(Optional.empty(), "", "");
        }
        String glob = trimSlashes(text);
        try {
            Pattern expression = Pattern.compile(translate(glob), Pattern.DOTALL);
            return new GlobPattern(Optional.of(expression), literalStart(glob), literalEnd(glob));
        } catch (PatternSyntaxException e) {
            throw new ApiException("INVALID_ARGUMENT", "syntax error in pattern \"" + text + "\"");
        }
    }

    /** Whether the whole of {@code path}, relative and without slash at its end, matches. */
    boolean matches(String path) {
        return expression.isPresent()
                && path.startsWith(start)
                && path.endsWith(end)
                && expression.get().matcher(path).matches();
    }

    private static boolean isSpecial(char c) {
        return SPECIAL.indexOf(c) >= 0;
    }

    private static String literalStart(String glob) {
        int length = 0;
        while (length < glob.length() && !isSpecial(glob.charAt(length))) {
            length++;
        }
        return glob.substring(0, length);
    }

    private static String literalEnd(String glob) {
        int from = glob.length();
        while (from > 0 && !isSpecial(glob.charAt(from - 1))) {
            from--;
        }
        // the slash of "**/" may match nothing
        boolean afterStars = from >= 2 && glob.startsWith("**/", from - 2);
        return glob.substring(afterStars ? from + 1 : from);
    }

    private static String trimSlashes(String text) {
        String inner = text;
        while (inner.startsWith("/") || inner.startsWith("./")) {
            inner = inner.substring(inner.indexOf('/') + 1);
        }
        while (inner.endsWith("/")) {
            inner = inner.substring(0, inner.length() - 1);
        }
        return inner;
    }

    private static String translate(String glob) {
        var regex = new StringBuilder();
        int at = 0;
        while (at < glob.length()) {
            char c = glob.charAt(at);
            if (glob.startsWith("**/", at)) {
                regex.append("(?:.*/)?");
                at += 3;
            } else if (glob.startsWith("**", at)) {
                regex.append(".*");
                at += 2;
            } else if (c == '[') {
                int close = glob.indexOf(']', at + 2);
                if (close < 0) {
                    throw new PatternSyntaxException("missing ]", glob, at);
                }
                regex.append(bracket(glob.substring(at + 1, close)));
                at = close + 1;
            } else if (c == '\\' && at + 1 < glob.length()) {
                regex.append(Pattern.quote(glob.substring(at + 1, at + 2)));
                at += 2;
            } else {
                regex.append(single(c));
                at++;
            }
        }
        return regex.toString();
    }

    private static String single(char c) {
        return switch (c) {
            case '*' -> "[^/]*";
            case '?' -> "[^/]";
            default -> Pattern.quote(String.valueOf(c));
        };
    }

    private static String bracket(String inside) {
        boolean negated = inside.startsWith("^");
        String members = (negated ? inside.substring(1) : inside)
                .replace("[", "\\[")
                .replace("&", "\\&")
                .replace("^", "\\^");
        return negated ? "[^/" + members + "]" : "(?!/)[" + members + "]";
    }
}
