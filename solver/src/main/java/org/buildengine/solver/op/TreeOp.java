package org.buildengine.solver.op;

import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.Snapshot;

/**
 * A tree that is here already, named by its content: a synchronised host directory, an empty root.
 *
 * @param content digest of the tree, its identity
 * @param snapshot where it lies in this store; not part of the key
 * @param name for people; not part of the key
 */
public record TreeOp(Digest content, Snapshot snapshot, String name) implements Op {
    @Override
    public void encode(KeyEncoder into) {
        into.text("tree").digest(content);
    }

    @Override
    public String describe() {
        return name;
    }
}
