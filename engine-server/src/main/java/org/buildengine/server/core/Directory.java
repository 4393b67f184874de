package org.buildengine.server.core;

import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Vertex;

/**
 * A directory of a tree that may not have been made yet.
 *
 * @param tree the tree
 * @param path the directory within the tree, clean and relative; empty for the root
 * @param asked the path that the user wrote to get here, for messages; not part of the identity
 */
public record Directory(InputRef tree, String path, String asked) implements LazyObject {
    /** The root of a tree. */
    public static Directory root(InputRef tree) {
        return new Directory(tree, "", "/");
    }

    /** The empty directory. */
    public static Directory empty() {
        return root(FileEdits.EMPTY);
    }

    /** The same directory after its tree was changed. */
    Directory withTree(InputRef changed) {
        return new Directory(changed, path, asked);
    }

    /** A directory below this one. */
    Directory below(String relative) {
        return new Directory(tree, TreePaths.below(path, relative), relative);
    }

    /** The absolute path within the tree of what this directory has at {@code relative}. */
    String locate(String relative) {
        return "/" + TreePaths.below(path, relative);
    }

    @Override
    public String typeName() {
        return "Directory";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("Directory")
                .digest(tree.vertex().demanded())
                .number(tree.output())
                .text(path)
                .finish();
    }

    @Override
    public Optional<Vertex> work() {
        return Optional.of(tree.vertex());
    }
}
