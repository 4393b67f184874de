package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.evidence.Build;
import org.buildengine.solver.op.KeyEncoder;

/** A build of which evidence is kept. */
public record EngineBuild(Build build) implements CoreObject {
    @Override
    public String typeName() {
        return "EngineBuild";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("EngineBuild")
                .number(build.number())
                .flag(build.ended().isPresent())
                .finish();
    }
}
