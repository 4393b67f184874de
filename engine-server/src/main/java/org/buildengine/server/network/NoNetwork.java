package org.buildengine.server.network;

/** A network of its own with nothing but the loopback interface. */
public record NoNetwork() implements Network {
    @Override
    public String name() {
        return "none";
    }

    @Override
    public boolean ownNamespace() {
        return true;
    }

    @Override
    public Endpoint join(Rights rights) {
        return new PlainEndpoint(new Namespace.Fresh(), "");
    }
}
