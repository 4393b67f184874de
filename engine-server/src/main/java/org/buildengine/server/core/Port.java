package org.buildengine.server.core;

import java.util.Optional;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.op.KeyEncoder;

/**
 * A port that a container offers.
 *
 * @param port its number, as the user wrote it
 * @param protocol {@code TCP} or {@code UDP}
 * @param description for people
 * @param skipHealthcheck whether a service counts as well without somebody listening here
 */
public record Port(long port, String protocol, Optional<String> description, boolean skipHealthcheck)
        implements CoreObject {
    @Override
    public String typeName() {
        return "Port";
    }

    @Override
    public Digest digest() {
        return encode(new KeyEncoder().text("Port")).finish();
    }

    KeyEncoder encode(KeyEncoder into) {
        return into.number(port)
                .text(protocol)
                .flag(description.isPresent())
                .text(description.orElse(""))
                .flag(skipHealthcheck);
    }
}
