package org.buildengine.server.network;

import java.io.IOException;

/** A way for executions to reach the network. Implementations are immutable and safe for several threads. */
public sealed interface Network permits HostNetwork, NoNetwork {
    /** Its name in settings. */
    String name();

    /** Whether an execution gets a network namespace of its own. */
    boolean ownNamespace();

    /** The content of the container's {@code /etc/resolv.conf}. */
    String resolvConf() throws IOException;

    /** The content of the container's {@code /etc/hosts}. */
    default String hosts(String hostname) {
        return "127.0.0.1\tlocalhost " + hostname + "\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    }

    /**
     * The network of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Network named(String name) {
        return switch (name) {
            case "host" -> new HostNetwork();
            case "none" -> new NoNetwork();
            default -> throw new IllegalArgumentException("unknown network \"" + name + "\": use host or none");
        };
    }
}
