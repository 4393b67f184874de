package org.buildengine.session.patterns;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Chooses paths by an include and an exclude list in the language of {@code .dockerignore}: {@code *} and {@code ?} within
 * a name, {@code **} over names, brackets, {@code \} to quote, {@code !} to take back what lines before matched; the last
 * line that matches decides. A line that matches a directory matches what is below it. A path is chosen if the include
 * list is empty or matches it, and the exclude list does not.
 *
 * <p>Immutable; may be used by any thread. The rules are those of the matcher that BuildKit and Dagger 0.21 clients use.
 */
public final class PathPatterns {
    /** Chooses everything. */
    public static final PathPatterns ALL = new PathPatterns(List.of(), List.of());

    private final List<PathPattern> include;
    private final List<PathPattern> exclude;
    private final boolean excludeHasExceptions;

    private PathPatterns(List<PathPattern> include, List<PathPattern> exclude) {
        this.include = include;
        this.exclude = exclude;
        this.excludeHasExceptions = exclude.stream().anyMatch(PathPattern::isException);
    }

    /**
     * Compiles two lists. Empty lines are skipped.
     *
     * @throws IllegalArgumentException naming the pattern that cannot be understood
     */
    public static PathPatterns compile(List<String> include, List<String> exclude) {
        List<PathPattern> includes = parse(include);
        List<PathPattern> excludes = parse(exclude);
        return includes.isEmpty() && excludes.isEmpty() ? ALL : new PathPatterns(includes, excludes);
    }

    private static List<PathPattern> parse(List<String> lines) {
        List<PathPattern> patterns = new ArrayList<>();
        for (String line : lines) {
            PathPattern pattern = PathPattern.parse(Objects.requireNonNull(line));
            if (pattern != null) {
                patterns.add(pattern);
            }
        }
        return List.copyOf(patterns);
    }

    /** Whether this chooses everything, whatever the path. */
    public boolean includesAll() {
        return include.isEmpty() && exclude.isEmpty();
    }

    /**
     * Whether the node is chosen itself. (Parents of chosen nodes are kept too; that is the walker's business.)
     *
     * @param path relative to the filtered directory, {@code /} between names, no slash at either end
     * @param directory whether the node is a directory; the rules do not ask, the parameter is for symmetry with ignore files
     */
    public boolean includes(String path, boolean directory) {
        return (include.isEmpty() || matched(include, path)) && !matched(exclude, path);
    }

    /** Whether anything below the directory could be chosen; {@code false} spares the walk. */
    public boolean mayIncludeBelow(String directory) {
        if (directory.isEmpty() || includesAll()) {
            return true;
        }
        if (matched(exclude, directory) && !exceptionMayMatchBelow(exclude, directory)) {
            return false;
        }
        return include.isEmpty() || matched(include, directory) || positiveMayMatchBelow(directory);
    }

    private boolean exceptionMayMatchBelow(List<PathPattern> patterns, String directory) {
        return excludeHasExceptions
                && patterns.stream().anyMatch(p -> p.isException() && (p.matches(directory) || p.mayMatchBelow(directory)));
    }

    private boolean positiveMayMatchBelow(String directory) {
        return include.stream().anyMatch(p -> !p.isException() && p.mayMatchBelow(directory));
    }

    private static boolean matched(List<PathPattern> patterns, String path) {
        for (int i = patterns.size() - 1; i >= 0; i--) {
            PathPattern pattern = patterns.get(i);
            if (pattern.matches(path)) {
                return !pattern.isException();
            }
        }
        return false;
    }
}
