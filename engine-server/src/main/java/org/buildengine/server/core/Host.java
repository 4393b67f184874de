package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/** The machine of whoever asks. */
public record Host() implements CoreObject {
    @Override
    public String typeName() {
        return "Host";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder().text("Host").finish();
    }
}
