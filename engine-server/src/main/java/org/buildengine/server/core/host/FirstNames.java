package org.buildengine.server.core.host;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.buildengine.snapshotter.Node;
import org.buildengine.snapshotter.Tree;

/**
 * Which name of a tree's files with several names the client listed first: that one it sends as a file, the others as
 * hard links to it. Used by one thread.
 */
final class FirstNames {
    private final Tree tree;
    private final Map<Object, String> names = new HashMap<>();

    FirstNames(Tree tree) {
        this.tree = tree;
    }

    /** Whether {@code file}, a node of the tree, has not been listed as a file under another of its names. */
    boolean claim(Node file) {
        Optional<Object> identity = tree.linkIdentity(file);
        return identity.isEmpty() || file.path().equals(names.computeIfAbsent(identity.get(), _ -> file.path()));
    }

    /** Whether {@code path} is in the tree another name of the file that was listed as {@code first}. */
    boolean linked(String path, String first) {
        return tree.find(path)
                .filter(Node::isFile)
                .flatMap(tree::linkIdentity)
                .map(identity -> first.equals(names.get(identity)))
                .orElse(false);
    }
}
