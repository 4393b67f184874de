package org.buildengine.server.core;

import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/**
 * A secret, without its plaintext.
 *
 * @param handle what the plaintext is asked for by, and what counts in the keys of executions
 * @param name the name that the user gave it; empty for one that comes from a provider
 * @param uri where a provider finds it; empty for one that the user set
 * @param generation grows when another plaintext is set under the same name, so that ids tell the calls apart
 */
public record Secret(String handle, String name, String uri, long generation) implements CoreObject {
    /** The secret that is set under {@code name}. */
    static Secret named(String name, long generation) {
        return new Secret(handle("set", name), name, "", generation);
    }

    /** The secret that a provider finds under {@code uri}; {@code identity} is what counts in keys. */
    static Secret provided(String uri, String identity) {
        return new Secret(handle("uri", identity), "", uri, 0);
    }

    private static String handle(String kind, String identity) {
        return "secret:" + new KeyEncoder().text(kind).text(identity).finish().hex();
    }

    @Override
    public String typeName() {
        return "Secret";
    }

    @Override
    public Digest digest() {
        return new KeyEncoder()
                .text("Secret")
                .text(handle)
                .text(name)
                .text(uri)
                .number(generation)
                .finish();
    }
}
