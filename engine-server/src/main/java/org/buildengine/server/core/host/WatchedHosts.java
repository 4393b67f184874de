package org.buildengine.server.core.host;

import java.io.IOException;
import java.util.Optional;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.core.Hosts;
import org.buildengine.server.core.ScopedTree;
import org.buildengine.session.tree.CallWatch;
import org.buildengine.snapshotter.Node;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;

/** Machines of clients; says who waits for them while somebody does. Safe for use by several threads. */
public record WatchedHosts(Hosts hosts, Waits waits) implements Hosts {
    /** A wait, and how long the calls may take that it is made of. */
    private record Watching(CallWatch calls, Waits.Waiting waiting) implements AutoCloseable {
        @Override
        public void close() {
            waiting.close();
            calls.close();
        }
    }

    private Watching waiting(DaggerClient client, String what) {
        Party party = Party.client(client.toString());
        CallWatch calls = CallWatch.open();
        return new Watching(calls, waits.begin(party, Wait.Kind.CLIENT_CALL, what, () -> client.awaited(calls)));
    }

    @Override
    public Uploaded upload(DaggerClient client, Selection selection) throws IOException, InterruptedException {
        try (Watching _ = waiting(client, "upload of " + selection.path())) {
            return hosts.upload(client, selection);
        }
    }

    @Override
    public String exportDirectory(DaggerClient client, ScopedTree tree, String path, boolean wipe)
            throws IOException, InterruptedException {
        try (Watching _ = waiting(client, "export to " + path)) {
            return hosts.exportDirectory(client, tree, path, wipe);
        }
    }

    @Override
    public String exportFile(
            DaggerClient client, ScopedTree tree, Node file, String name, String path, boolean allowParent)
            throws IOException, InterruptedException {
        try (Watching _ = waiting(client, "export to " + path)) {
            return hosts.exportFile(client, tree, file, name, path, allowParent);
        }
    }

    @Override
    public Optional<String> findUp(DaggerClient client, String name) throws IOException, InterruptedException {
        try (Watching _ = waiting(client, "search for " + name)) {
            return hosts.findUp(client, name);
        }
    }

    @Override
    public byte[] secret(DaggerClient client, String uri) throws IOException, InterruptedException {
        // A uri may say more than others are to know.
        try (Watching _ = waiting(client, "a secret")) {
            return hosts.secret(client, uri);
        }
    }
}
