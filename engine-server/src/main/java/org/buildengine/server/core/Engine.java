package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/** The engine that answers. */
public record Engine() implements CoreObject {
    @Override
    public String typeName() {
        return "Engine";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder().text("Engine").finish();
    }
}
