package org.buildengine.server.core;

import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.InputRef;
import org.buildengine.solver.op.KeyEncoder;
import org.buildengine.solver.op.Vertex;

/**
 * A file of a tree that may not have been made yet.
 *
 * @param tree the tree
 * @param root the directory within the tree that links of the path cannot leave, clean and relative
 * @param path the file below {@code root}, clean and relative
 * @param asked the path that the user wrote to get here, for messages; not part of the identity
 */
public record File(InputRef tree, String root, String path, String asked) implements LazyObject {
    /** The same file after its tree was changed. */
    File withTree(InputRef changed) {
        return new File(changed, root, path, asked);
    }

    /** The absolute path within the tree. */
    String location() {
        return "/" + TreePaths.below(root, path);
    }

    /** The name without its directory. */
    String name() {
        return TreePaths.name(path);
    }

    @Override
    public String typeName() {
        return "File";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("File")
                .digest(tree.vertex().demanded())
                .number(tree.output())
                .text(root)
                .text(path)
                .finish();
    }

    @Override
    public Optional<Vertex> work() {
        return Optional.of(tree.vertex());
    }
}
