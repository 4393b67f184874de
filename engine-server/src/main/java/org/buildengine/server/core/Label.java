package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/** A label of a container. */
public record Label(String name, String value) implements CoreObject {
    @Override
    public String typeName() {
        return "Label";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder().text("Label").text(name).text(value).finish();
    }
}
