package org.buildengine.server;

import java.io.IOException;
import java.util.Optional;
import org.buildengine.server.core.SessionStates;
import org.buildengine.server.exec.SecretSource;
import org.buildengine.server.registry.RegistryCredentials;
import org.buildengine.session.HostException;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostCredentials;
import org.buildengine.solver.JobScope;

/**
 * What the work of a client may ask for: the secrets of its session, and the logins of the session's main client. Safe
 * for use by several threads.
 */
record ClientScope(DaggerClient client, SecretSource secrets) implements JobScope, RegistryCredentials {
    static ClientScope of(DaggerClient client, SessionStates sessions) {
        return new ClientScope(client, sessions.of(client.session()));
    }

    @Override
    public <T> Optional<T> find(Class<T> type) {
        if (type == SecretSource.class) {
            return Optional.of(type.cast(secrets));
        }
        return type == RegistryCredentials.class ? Optional.of(type.cast(this)) : Optional.empty();
    }

    @Override
    public Optional<Login> login(String host) throws IOException {
        Attachables attached;
        try {
            attached = client.session().mainClient().orElse(client).attachables();
        } catch (HostException e) {
            // A client that offers nothing has no logins: the registry's own refusal says more than that.
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking for the login to " + host, e);
        }
        return new HostCredentials(attached).login(host).map(login -> new Login(login.username(), login.secret()));
    }
}
