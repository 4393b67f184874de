package org.buildengine.server.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Shares the host's network. */
public record HostNetwork() implements Network {
    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");

    @Override
    public String name() {
        return "host";
    }

    @Override
    public boolean ownNamespace() {
        return false;
    }

    @Override
    public Endpoint join(Rights rights) throws IOException {
        // The host's own file works as it is, also where it names a resolver on the loopback interface.
        String text = Files.isReadable(RESOLV_CONF) ? Files.readString(RESOLV_CONF) : "";
        return new PlainEndpoint(new Namespace.Shared(), text);
    }
}
