package org.buildengine.server.registry;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

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

    /**
     * Asks all that there are at that moment, one after the other, until one has a login: one that fails keeps nobody from the login of
     * another.
     */
    static RegistryCredentials anyOf(Supplier<List<RegistryCredentials>> present) {
        return host -> {
            Optional<IOException> failure = Optional.empty();
            for (RegistryCredentials each : present.get()) {
                try {
                    Optional<Login> login = each.login(host);
                    if (login.isPresent()) {
                        return login;
                    }
                } catch (IOException e) {
                    failure.ifPresent(e::addSuppressed);
                    failure = Optional.of(e);
                }
            }
            if (failure.isPresent()) {
                throw failure.get();
            }
            return Optional.empty();
        };
    }

    /** A user and a password (or access token). Its text form hides the password. */
    record Login(String username, String password) {
        @Override
        public String toString() {
            return "Login[" + username + ", ***]";
        }
    }
}
