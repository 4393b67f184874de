package org.buildengine.server.core;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;
import org.buildengine.snapshotter.TreeException;
import org.buildengine.snapshotter.TreeException.Code;

/**
 * A directory of a tree seen as a root of its own: no path and no link leads out of it. Paths given and returned are
 * relative to it. Safe for use by several threads.
 */
public final class ScopedTree {
    private static final int MOST_LINKS = 255;

    private final Tree tree;
    private final String root;

    private ScopedTree(Tree tree, String root) {
        this.tree = tree;
        this.root = root;
    }

    /**
     * The directory {@code path} of {@code tree}; empty if there is nothing.
     *
     * @throws TreeException with code {@code NOT_A_DIRECTORY} if it is something else
     */
    public static Optional<ScopedTree> of(Tree tree, String path) throws TreeException {
        if (TreePaths.clean(path).isEmpty()) {
            return Optional.of(new ScopedTree(tree, ""));
        }
        Optional<Node> node = new ScopedTree(tree, "").resolve(path, true);
        if (node.isPresent() && !node.get().isDirectory()) {
            throw new TreeException(Code.NOT_A_DIRECTORY, path);
        }
        return node.map(found -> new ScopedTree(tree, found.path()));
    }

    /** The tree that this is a part of. */
    public Tree tree() {
        return tree;
    }

    /** Where this lies in the {@linkplain #tree() tree}, clean and relative. */
    public String root() {
        return root;
    }

    /**
     * The node at {@code path}, under its real path in the {@linkplain #tree() whole tree}. What hangs below a file
     * does not exist.
     *
     * @param followLast whether a link at the end is followed, as those on the way are
     * @throws TreeException with code {@code LOOP} after too many links
     */
    public Optional<Node> resolve(String path, boolean followLast) throws TreeException {
        var walked = new ArrayList<String>();
        Deque<String> ahead = elements(path);
        Optional<Node> here = tree.find(root);
        int links = 0;
        while (!ahead.isEmpty()) {
            String element = ahead.removeFirst();
            if (element.equals("..")) {
                if (!walked.isEmpty()) {
                    walked.removeLast();
                }
                here = tree.find(TreePaths.below(root, String.join("/", walked)));
                continue;
            }
            if (here.isEmpty() || !here.get().isDirectory()) {
                return Optional.empty();
            }
            walked.addLast(element);
            here = tree.find(TreePaths.below(root, String.join("/", walked)));
            Optional<String> target = here.filter(Node::isSymlink).flatMap(Node::linkTarget);
            if (target.isPresent() && (followLast || !ahead.isEmpty())) {
                if (++links > MOST_LINKS) {
                    throw new TreeException(Code.LOOP, path);
                }
                walked.removeLast();
                if (target.get().startsWith("/")) {
                    walked.clear();
                }
                elements(target.get()).descendingIterator().forEachRemaining(ahead::addFirst);
                here = tree.find(TreePaths.below(root, String.join("/", walked)));
            }
        }
        return here;
    }

    /** The children of the directory at the real path of {@code directory}. */
    public List<Node> list(Node directory) throws TreeException {
        return tree.list(directory.path());
    }

    /** The real path of {@code node}, relative to this root. */
    public String relative(Node node) {
        return root.isEmpty()
                ? node.path()
                : node.path().substring(Math.min(root.length() + 1, node.path().length()));
    }

    /** The bytes of a file; the caller closes the stream. */
    public InputStream open(Node file) throws IOException {
        return tree.open(file);
    }

    private static Deque<String> elements(String path) {
        var elements = new ArrayDeque<String>();
        for (String element : path.split("/", -1)) {
            if (!element.isEmpty() && !element.equals(".")) {
                elements.addLast(element);
            }
        }
        return elements;
    }
}
