package org.buildengine.session.hostfiles;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;
import org.buildengine.session.patterns.GitIgnore;
import org.buildengine.session.patterns.PathPatterns;
import org.buildengine.session.tree.EntryOrder;
import org.buildengine.session.tree.EntryType;
import org.buildengine.session.tree.ImportOptions;
import org.buildengine.session.tree.TreeEntry;
import org.buildengine.session.tree.TreeSource;

/**
 * A directory on disk as a tree to send: filtered, without sockets, owners zeroed, later names of a file as hard links to
 * the first. What vanishes between listing and looking is left out, as if the walk had come later; what cannot be read is
 * an error.
 */
final class DiskTree implements TreeSource {
    private final Path root;
    private final PathPatterns patterns;
    private final boolean gitignore;
    private final Map<Long, Map<Long, String>> firstNames = new HashMap<>();
    private final Deque<TreeEntry> pendingParents = new ArrayDeque<>();

    private DiskTree(Path root, PathPatterns patterns, boolean gitignore) {
        this.root = root;
        this.patterns = patterns;
        this.gitignore = gitignore;
    }

    /** What {@code options} ask for of the directory {@code root}. */
    static DiskTree of(Path root, ImportOptions options) throws IOException {
        List<String> include = new ArrayList<>(options.includePatterns());
        include.addAll(FollowedPaths.resolve(root, options.followPaths()));
        PathPatterns patterns = PathPatterns.compile(include, options.excludePatterns());
        return new DiskTree(root, patterns, options.useGitignore());
    }

    @Override
    public void walk(Visitor visitor) throws IOException, InterruptedException {
        if (!Files.isDirectory(root)) {
            throw Files.exists(root)
                    ? new NotDirectoryException(root.toString())
                    : new NoSuchFileException(root.toString());
        }
        try (DiskReader reader = DiskReader.below(root)) {
            walk(reader, "", new Scope(GitIgnore.NONE, false), visitor);
        }
    }

    @Override
    public Contents contents() {
        return new DiskContents(root);
    }

    /** Ignore rules of a directory, and whether the directory itself is ignored already. */
    private record Scope(GitIgnore rules, boolean ignored) {}

    private void walk(DiskReader reader, String directory, Scope scope, Visitor visitor)
            throws IOException, InterruptedException {
        Scope inner = gitignore ? withOwnRules(directory, scope) : scope;
        for (DiskChild child : list(reader, directory)) {
            visit(reader, child, OpenPath.below(directory, child.name()), inner, visitor);
        }
    }

    private void visit(DiskReader reader, DiskChild child, String path, Scope scope, Visitor visitor)
            throws IOException, InterruptedException {
        if (!Names.isReadable(child.linkTarget())) {
            throw Names.unreadable(shown(path));
        }
        DiskNode node = child.node();
        TreeEntry entry = node.toEntry(path, child.linkTarget());
        if (entry.type() == EntryType.SOCKET) {
            return;
        }
        boolean directory = entry.type() == EntryType.DIRECTORY;
        boolean ignored = scope.ignored || scope.rules.ignores(path, directory);
        if (ignored) {
            entry = entry.asGitIgnored();
        }
        boolean chosen = patterns.includes(path, directory);
        if (chosen) {
            visitParents(visitor);
            visitor.visit(linked(entry, node));
        }
        if (directory && patterns.mayIncludeBelow(path)) {
            if (!chosen) {
                pendingParents.addLast(entry);
            }
            walk(reader, path, new Scope(scope.rules, ignored), visitor);
            if (!chosen
                    && !pendingParents.isEmpty()
                    && pendingParents.getLast().path().equals(path)) {
                pendingParents.removeLast();
            }
        }
    }

    /** Announces the directories above a chosen node, which were not chosen themselves. */
    private void visitParents(Visitor visitor) throws IOException, InterruptedException {
        while (!pendingParents.isEmpty()) {
            visitor.visit(pendingParents.removeFirst());
        }
    }

    private TreeEntry linked(TreeEntry entry, DiskNode node) {
        if (entry.type() != EntryType.FILE || node.links() < 2 || entry.gitIgnored()) {
            return entry;
        }
        String first =
                firstNames.computeIfAbsent(node.device(), _ -> new HashMap<>()).putIfAbsent(node.inode(), entry.path());
        return first == null ? entry : entry.asHardLinkOf(first);
    }

    /** What is in a directory, in the order of the wire. A name that cannot be told is left out if nobody wants it. */
    private List<DiskChild> list(DiskReader reader, String directory) throws IOException {
        List<DiskChild> children;
        try {
            children = reader.list(directory);
        } catch (NoSuchFileException | NotDirectoryException vanished) {
            return List.of();
        } catch (AccessDeniedException e) {
            throw new HostException(
                    Reason.DENIED,
                    "the directory " + shown(directory)
                            + " cannot be read: permission denied. Change its mode or exclude it.",
                    e);
        }
        List<DiskChild> told = new ArrayList<>(children.size());
        for (DiskChild child : children) {
            if (Names.isReadable(child.name())) {
                told.add(child);
                continue;
            }
            String path = OpenPath.below(directory, child.name());
            if (wanted(path, child.node().type() == EntryType.DIRECTORY)) {
                throw Names.unreadable(shown(path));
            }
        }
        told.sort((left, right) -> EntryOrder.compare(left.name(), right.name()));
        return told;
    }

    private boolean wanted(String path, boolean directory) {
        return patterns.includes(path, directory) || (directory && patterns.mayIncludeBelow(path));
    }

    private String shown(String path) {
        return path.isEmpty() ? root.toString() : root + "/" + path;
    }

    private Scope withOwnRules(String directory, Scope scope) throws IOException {
        Path file = root.resolve(directory).resolve(".gitignore");
        if (scope.ignored || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return scope;
        }
        String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        return new Scope(scope.rules.with(directory, text.lines().toList()), false);
    }
}
