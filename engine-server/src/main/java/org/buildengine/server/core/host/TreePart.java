package org.buildengine.server.core.host;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A directory of a client, read as a part of a tree that begins at one of the directories above it, or at itself. Turns
 * patterns of the directory into patterns of the tree, and paths of the tree into paths of the directory. Immutable.
 *
 * @param prefix the directory's path in the tree with a slash behind it; empty if it is the tree's top
 */
record TreePart(String prefix) {
    /**
     * The part that {@code directory} is of the tree at {@code top}.
     *
     * @param top absolute and clean
     * @param directory absolute and clean, {@code top} or below it
     */
    static TreePart of(String top, String directory) {
        if (top.equals(directory)) {
            return new TreePart("");
        }
        int start = top.endsWith("/") ? top.length() : top.length() + 1;
        return new TreePart(directory.substring(start) + "/");
    }

    /** What the tree is to be asked for. */
    List<String> include(List<String> patterns) {
        List<String> included = exclude(patterns);
        return included.isEmpty() && !prefix.isEmpty()
                ? List.of(escaped().substring(0, escaped().length() - 1))
                : included;
    }

    /** What the tree is to be asked to leave out. Patterns that lead out of the directory mean nothing. */
    List<String> exclude(List<String> patterns) {
        return patterns.stream()
                .map(String::strip)
                .filter(TreePart::isLocal)
                .map(pattern -> pattern.startsWith("!") ? "!" + escaped() + pattern.substring(1) : escaped() + pattern)
                .collect(Collectors.toList());
    }

    private static boolean isLocal(String pattern) {
        int depth = 0;
        for (String name : (pattern.startsWith("!") ? pattern.substring(1) : pattern).split("/", -1)) {
            depth += name.equals("..") ? -1 : name.isEmpty() || name.equals(".") ? 0 : 1;
            if (depth < 0) {
                return false;
            }
        }
        return !pattern.isEmpty();
    }

    private String escaped() {
        return prefix.replaceAll("([\\\\*?\\[\\]!])", "\\\\$1");
    }

    /** The path within the directory; empty for what is not in it. */
    Optional<String> inside(String path) {
        return path.startsWith(prefix) ? Optional.of(path.substring(prefix.length())) : Optional.empty();
    }
}
