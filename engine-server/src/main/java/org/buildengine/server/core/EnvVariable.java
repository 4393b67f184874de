package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/** An environment variable of a container. */
public record EnvVariable(String name, String value) implements CoreObject {
    @Override
    public String typeName() {
        return "EnvVariable";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder().text("EnvVariable").text(name).text(value).finish();
    }
}
