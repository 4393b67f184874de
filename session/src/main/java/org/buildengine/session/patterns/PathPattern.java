package org.buildengine.session.patterns;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** One line of an include or exclude list. A pattern that matches a directory matches everything below it. */
final class PathPattern {
    private final boolean exception;
    private final String text;
    private final boolean literal;
    private final @Nullable Pattern matcher;
    private final @Nullable Pattern withParents;
    private final List<Step> steps;

    private PathPattern(boolean exception, String text, @Nullable String regex, List<Step> steps) {
        this.exception = exception;
        this.text = text;
        this.literal = regex == null;
        this.matcher = regex == null ? null : Glob.compile(regex);
        this.withParents = regex == null ? null : Glob.compile("(?:" + regex + ")(?:/.*)?");
        this.steps = steps;
    }

    /** Understands one line, or answers null for an empty one. */
    static @Nullable PathPattern parse(String line) {
        String text = line.strip();
        if (text.isEmpty()) {
            return null;
        }
        boolean exception = text.charAt(0) == '!';
        if (exception) {
            text = text.substring(1);
            if (text.isEmpty()) {
                throw new IllegalArgumentException("the pattern \"!\" is not valid: it takes nothing back");
            }
        }
        String clean = clean(text);
        boolean literal = Glob.isLiteral(clean);
        try {
            String regex = literal ? null : Glob.toRegex(clean, Glob.Dialect.MOBY);
            return new PathPattern(exception, clean, regex, literal ? List.of() : stepsOf(clean));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("the pattern \"" + line + "\" is not valid: " + e.getDescription(), e);
        }
    }

    /** Whether this line takes back what lines before it matched. */
    boolean isException() {
        return exception;
    }

    /** Whether the pattern matches the path itself. */
    boolean matches(String path) {
        Pattern regex = matcher;
        return regex == null ? path.equals(text) : regex.matcher(path).matches();
    }

    /** Whether the pattern matches the path or a directory above it. */
    boolean matchesWithParents(String path) {
        Pattern regex = withParents;
        if (regex == null) {
            return path.startsWith(text) && (path.length() == text.length() || path.charAt(text.length()) == '/');
        }
        return regex.matcher(path).matches();
    }

    /** Whether the pattern could match something below the directory without matching the directory itself. */
    boolean mayMatchBelow(String directory) {
        if (literal) {
            return text.startsWith(directory)
                    && text.length() > directory.length()
                    && text.charAt(directory.length()) == '/';
        }
        String[] names = directory.split("/", -1);
        for (int i = 0; i < names.length; i++) {
            if (i >= steps.size()) {
                return false;
            }
            Step step = steps.get(i);
            if (step.anyDepth()) {
                return true;
            }
            if (!step.matcher().matcher(names[i]).matches()) {
                return false;
            }
        }
        return steps.size() > names.length;
    }

    private static List<Step> stepsOf(String clean) {
        List<Step> steps = new ArrayList<>();
        for (String name : splitOutsideBrackets(clean)) {
            boolean anyDepth = name.contains("**");
            steps.add(new Step(anyDepth, Glob.compile(anyDepth ? ".*" : Glob.toRegex(name, Glob.Dialect.MOBY))));
            if (anyDepth) {
                break;
            }
        }
        return List.copyOf(steps);
    }

    /** A bracket never spans a slash in practice; if one does, the names before it decide and the rest is left open. */
    private static List<String> splitOutsideBrackets(String clean) {
        int bracket = clean.indexOf('[');
        int slash = bracket < 0 ? -1 : clean.indexOf('/', bracket);
        boolean spans = slash >= 0 && clean.indexOf(']', bracket) > slash;
        if (!spans) {
            return List.of(clean.split("/", -1));
        }
        return List.of("**");
    }

    /** Removes doubled slashes, {@code .} and resolvable {@code ..}, and slashes at both ends. */
    private static String clean(String text) {
        List<String> names = new ArrayList<>();
        for (String name : text.split("/", -1)) {
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            if (name.equals("..") && !names.isEmpty() && !names.getLast().equals("..")) {
                names.removeLast();
            } else {
                names.add(name);
            }
        }
        return names.isEmpty() ? "." : String.join("/", names);
    }

    private record Step(boolean anyDepth, Pattern matcher) {}
}
