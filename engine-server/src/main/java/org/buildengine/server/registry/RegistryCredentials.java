package org.buildengine.server.registry;

import java.io.IOException;
import java.util.Optional;

/**
 * Knows how to log in. Asked only after a registry refused an anonymous request, and for the registry's own host only;
 * may call back to a client, so it can take long and must not be called with a lock held.
 */
@FunctionalInterface
public interface RegistryCredentials {
    /** Knows nothing. */
    RegistryCredentials NONE = host -> Optional.empty();

    /**
     * The login for a registry.
     *
     * @param host registry host as it stands in image references, e.g. {@code docker.io} or {@code localhost:5000}
     */
    Optional<Login> login(String host) throws IOException;

    /** A user and a password (or access token). Its text form hides the password. */
    record Login(String username, String password) {
        @Override
        public String toString() {
            return "Login[" + username + ", ***]";
        }
    }
}
