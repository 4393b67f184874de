package org.buildengine.server.network;

import java.nio.file.Path;

/** The network namespace of a container. */
public sealed interface Namespace {
    /** That of the daemon. */
    record Shared() implements Namespace {}

    /** A new one that the runtime makes, with nothing but loopback. */
    record Fresh() implements Namespace {}

    /**
     * One that is ready.
     *
     * @param path where the runtime opens it
     */
    record Prepared(Path path) implements Namespace {}
}
