package org.buildengine.server.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.buildengine.session.patterns.GitIgnore;
import org.buildengine.session.patterns.PathPatterns;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.PathFilter;
import org.buildengine.snapshotter.Tree;
import org.buildengine.solver.op.FileAction;

/** What of a directory is copied: patterns, and the ignore files that lie in it. Immutable. */
final class CopySelection implements PathFilter {
    private static final String IGNORE_FILE = ".gitignore";

    private final PathPatterns patterns;
    private final GitIgnore ignored;

    private CopySelection(PathPatterns patterns, GitIgnore ignored) {
        this.patterns = patterns;
        this.ignored = ignored;
    }

    /** What {@code action} takes of the directory at the real path {@code directory} of {@code tree}. */
    static PathFilter of(FileAction.Copy action, Tree tree, String directory) throws IOException {
        if (action.include().isEmpty() && action.exclude().isEmpty() && !action.gitignore()) {
            return PathFilter.ALL;
        }
        PathPatterns patterns;
        try {
            patterns = PathPatterns.compile(action.include(), action.exclude());
        } catch (IllegalArgumentException e) {
            throw new IOException(String.valueOf(e.getMessage()), e);
        }
        return new CopySelection(patterns, action.gitignore() ? ignoreFiles(tree, directory) : GitIgnore.NONE);
    }

    private static GitIgnore ignoreFiles(Tree tree, String directory) throws IOException {
        var files = new ArrayList<Node>();
        tree.walk(directory, PathFilter.ALL, node -> {
            if (node.isFile() && node.name().equals(IGNORE_FILE)) {
                files.add(node);
            }
        });
        // The rules of deeper directories come last, since the last rule that matches decides.
        files.sort(Comparator.comparingLong(
                node -> node.path().chars().filter(c -> c == '/').count()));
        GitIgnore rules = GitIgnore.NONE;
        for (Node file : files) {
            String path = relative(directory, file);
            String parent = path.contains("/") ? path.substring(0, path.lastIndexOf('/')) : "";
            rules = rules.with(parent, lines(tree, file));
        }
        return rules;
    }

    private static String relative(String directory, Node node) {
        return directory.isEmpty() ? node.path() : node.path().substring(directory.length() + 1);
    }

    private static List<String> lines(Tree tree, Node file) throws IOException {
        try (InputStream in = tree.open(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
    }

    @Override
    public boolean includes(String path, boolean directory) {
        return patterns.includes(path, directory) && !ignored.ignoresWithParents(path, directory);
    }

    @Override
    public boolean mayIncludeBelow(String path) {
        return patterns.mayIncludeBelow(path) && !ignored.ignoresWithParents(path, true);
    }
}
