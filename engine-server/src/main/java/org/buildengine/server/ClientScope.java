package org.buildengine.server;

import java.io.IOException;
import java.util.Optional;
import org.buildengine.server.core.SessionOwner;
import org.buildengine.server.core.SessionStates;
import org.buildengine.server.exec.SecretSource;
import org.buildengine.server.registry.RegistryCredentials;
import org.buildengine.session.HostException;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HostCredentials;
import org.buildengine.session.tree.CallWatch;
import org.buildengine.snapshotter.Owner;
import org.buildengine.snapshotter.ResultStore;
import org.buildengine.solver.JobScope;
import org.buildengine.solver.OwnRuns;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;

/**
 * What the work of a client may ask for: the secrets of its session, the logins of the session's main client, who holds what
 * it gets, and what was made for its session alone. Safe for use by several threads.
 */
record ClientScope(DaggerClient client, SecretSource secrets, Owner owner, OwnRuns runs, Waits waits)
        implements JobScope, RegistryCredentials {
    static ClientScope of(DaggerClient client, SessionStates sessions, ResultStore results, Waits waits) {
        DaggerSession session = client.session();
        return new ClientScope(
                client,
                sessions.of(session),
                SessionOwner.of(session, results),
                session.part(OwnRuns.class, OwnRuns::new),
                waits);
    }

    @Override
    public <T> Optional<T> find(Class<T> type) {
        if (type == SecretSource.class) {
            return Optional.of(type.cast(secrets));
        }
        if (type == Owner.class) {
            return Optional.of(type.cast(owner));
        }
        if (type == OwnRuns.class) {
            return Optional.of(type.cast(runs));
        }
        return type == RegistryCredentials.class ? Optional.of(type.cast(this)) : Optional.empty();
    }

    @Override
    public Optional<Login> login(String host) throws IOException {
        DaggerClient main = client.session().mainClient().orElse(client);
        Attachables attached;
        try {
            attached = Attachments.of(main, waits);
        } catch (HostException e) {
            // A client that offers nothing has no logins: the registry's own refusal says more than that.
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking for the login to " + host, e);
        }
        Party party = Party.client(main.toString());
        try (CallWatch calls = CallWatch.open();
                Waits.Waiting _ =
                        waits.begin(party, Wait.Kind.CLIENT_CALL, "the login to " + host, () -> main.awaited(calls))) {
            return new HostCredentials(attached).login(host).map(login -> new Login(login.username(), login.secret()));
        }
    }
}
