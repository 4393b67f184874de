package org.buildengine.session.patterns;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The ignore rules that hold in one directory: those of its own {@code .gitignore} over those of the directories above.
 * The last rule that matches decides. As in git, what lies below an ignored directory is ignored: the walker asks for
 * directories from the top and does not ask again below an ignored one.
 *
 * <p>Immutable; may be used by any thread. The rules are those of gitignore(5).
 */
public final class GitIgnore {
    /** Ignores nothing. */
    public static final GitIgnore NONE = new GitIgnore(List.of());

    private final List<Rule> rules;

    private GitIgnore(List<Rule> rules) {
        this.rules = rules;
    }

    /**
     * The rules below {@code directory}, which has an ignore file with these lines. Lines that cannot be understood match
     * nothing, as in git.
     *
     * @param directory relative to the tree's root, empty for the root
     */
    public GitIgnore with(String directory, List<String> lines) {
        List<Rule> all = new ArrayList<>(rules);
        String prefix = directory.isEmpty() ? "" : directory + "/";
        for (String line : lines) {
            addRule(all, prefix, line);
        }
        return all.size() == rules.size() ? this : new GitIgnore(List.copyOf(all));
    }

    /** Whether a rule excludes the node itself, its parents not being ignored. */
    public boolean ignores(String path, boolean directory) {
        for (int i = rules.size() - 1; i >= 0; i--) {
            Rule rule = rules.get(i);
            if (rule.matches(path, directory)) {
                return !rule.negated;
            }
        }
        return false;
    }

    /** Whether a rule excludes the node or one of the directories above it. */
    public boolean ignoresWithParents(String path, boolean directory) {
        for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
            if (ignores(path.substring(0, slash), true)) {
                return true;
            }
        }
        return ignores(path, directory);
    }

    private static void addRule(List<Rule> rules, String prefix, String line) {
        String text = stripTrailingSpaces(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
        if (text.isEmpty() || text.startsWith("#")) {
            return;
        }
        boolean negated = text.startsWith("!");
        text = negated ? text.substring(1) : text;
        boolean onlyDirectories = text.endsWith("/");
        text = onlyDirectories ? text.substring(0, text.length() - 1) : text;
        boolean anchored = text.indexOf('/') >= 0;
        text = text.startsWith("/") ? text.substring(1) : text;
        if (text.isEmpty()) {
            return;
        }
        try {
            String regex = Glob.toRegex(text, Glob.Dialect.GIT);
            // "dir/**" means what is inside, never the directory itself.
            regex = text.endsWith("/**") ? regex.substring(0, regex.length() - 2) + ".+" : regex;
            rules.add(new Rule(prefix, Glob.compile(anchored ? regex : "(?:.*/)?" + regex), negated, onlyDirectories));
        } catch (IllegalArgumentException notAPattern) {
            // Git lets such a line match nothing; so does this.
            return;
        }
    }

    private static String stripTrailingSpaces(String line) {
        int end = line.length();
        while (end > 0 && line.charAt(end - 1) == ' ' && !(end > 1 && line.charAt(end - 2) == '\\')) {
            end--;
        }
        return line.substring(0, end);
    }

    private record Rule(String prefix, Pattern pattern, boolean negated, boolean onlyDirectories) {
        boolean matches(String path, boolean directory) {
            if ((onlyDirectories && !directory) || !path.startsWith(prefix)) {
                return false;
            }
            return pattern.matcher(path.substring(prefix.length())).matches();
        }
    }
}
