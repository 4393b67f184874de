package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.FileChange;
import org.buildengine.solver.op.KeyEncoder;

/** A file that changed in an input of a step. */
public record EngineBuildFileChange(EngineBuildReason reason, FileChange change) implements CoreObject {
    @Override
    public String typeName() {
        return "EngineBuildFileChange";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("EngineBuildFileChange")
                .digest(reason.digest())
                .text(change.path())
                .finish();
    }
}
