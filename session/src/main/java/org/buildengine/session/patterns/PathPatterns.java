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
 * <p>What a line says about a directory counts below it only if it changed something there: a line is not asked about a
 * path that already is what the line would make of it. So {@code **}{@code /*.txt} and then {@code !b} still match
 * {@code b/3.txt}, because {@code b} itself had nothing to be taken back.
 *
 * <p>Immutable; may be used by any thread. The rules are those of the matcher that BuildKit and Dagger 0.21 clients use.
 */
public final class PathPatterns {
    /** Chooses everything. */
    public static final PathPatterns ALL = new PathPatterns(List.of(), List.of());

    private final List<PathPattern> include;
    private final List<PathPattern> exclude;
    private final boolean includeHasExceptions;
    private final boolean excludeHasExceptions;

    private PathPatterns(List<PathPattern> include, List<PathPattern> exclude) {
        this.include = include;
        this.exclude = exclude;
        this.includeHasExceptions = include.stream().anyMatch(PathPattern::isException);
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
        return (include.isEmpty() || isIncluded(path)) && !isExcluded(path);
    }

    private boolean isIncluded(String path) {
        return includeHasExceptions ? matchedWalking(include, path) : matched(include, path);
    }

    private boolean isExcluded(String path) {
        return excludeHasExceptions ? matchedWalking(exclude, path) : matched(exclude, path);
    }

    /** Whether anything below the directory could be chosen; {@code false} spares the walk. */
    public boolean mayIncludeBelow(String directory) {
        if (directory.isEmpty() || includesAll()) {
            return true;
        }
        if (isExcluded(directory) && !exceptionMayMatchBelow(directory)) {
            return false;
        }
        return include.isEmpty() || positiveMayMatchBelow(directory);
    }

    private boolean exceptionMayMatchBelow(String directory) {
        return exclude.stream().anyMatch(p -> p.isException() && mayMatchBelow(p, directory));
    }

    private boolean positiveMayMatchBelow(String directory) {
        return include.stream().anyMatch(p -> !p.isException() && mayMatchBelow(p, directory));
    }

    private static boolean mayMatchBelow(PathPattern pattern, String directory) {
        return pattern.matchesWithParents(directory) || pattern.mayMatchBelow(directory);
    }

    /** For lists without exceptions, where no order and no parent can change anything. */
    private static boolean matched(List<PathPattern> patterns, String path) {
        for (PathPattern pattern : patterns) {
            if (pattern.matchesWithParents(path)) {
                return true;
            }
        }
        return false;
    }

    /** Goes down from the top, taking along which lines hold for the directory above. */
    private static boolean matchedWalking(List<PathPattern> patterns, String path) {
        boolean[] holds = new boolean[patterns.size()];
        boolean matched = false;
        int slash = -1;
        do {
            slash = path.indexOf('/', slash + 1);
            String at = slash < 0 ? path : path.substring(0, slash);
            matched = false;
            for (int i = 0; i < holds.length; i++) {
                PathPattern pattern = patterns.get(i);
                boolean couldChange = pattern.isException() == matched;
                holds[i] = holds[i] || (couldChange && pattern.matches(at));
                if (holds[i]) {
                    matched = !pattern.isException();
                }
            }
        } while (slash >= 0);
        return matched;
    }
}
