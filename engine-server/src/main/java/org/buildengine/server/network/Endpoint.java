package org.buildengine.server.network;

import java.io.IOException;

/**
 * The place of one execution in a network, and the files that tell the container about names. Closing gives it back,
 * when nothing of the execution runs any more; closing twice does nothing.
 */
public interface Endpoint extends AutoCloseable {
    /** The namespace that the container gets. */
    Namespace namespace();

    /** The content of the container's {@code /etc/resolv.conf}. */
    String resolvConf() throws IOException;

    /** The content of the container's {@code /etc/hosts}. */
    String hosts(String hostname);

    @Override
    void close();
}
