package org.buildengine.server;

import org.buildengine.session.HostException;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;

/** What clients offer, and who waits for it. */
final class Attachments {
    private Attachments() {}

    /** As {@link DaggerClient#attachables}; says in {@code waits} that somebody waits, and until when. */
    static Attachables of(DaggerClient client, Waits waits) throws HostException, InterruptedException {
        Party party = Party.client(client.toString());
        try (Waits.Waiting _ = waits.begin(
                party, party, Wait.Kind.ATTACHMENT, "", client.attaching().patience())) {
            return client.attachables();
        }
    }
}
