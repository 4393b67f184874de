package org.buildengine.server.control;

import java.time.Instant;
import org.buildengine.session.wire.builds.Party;
import org.buildengine.session.wire.builds.Wait;

/** Waits as messages. The names of the constants are the same on both sides. */
final class WaitMessages {
    private WaitMessages() {}

    static Wait wait(org.buildengine.solver.waiting.Wait wait) {
        return Wait.newBuilder()
                .setWaiter(party(wait.waiter()))
                .setAwaited(party(wait.awaited()))
                .setKind(Wait.Kind.valueOf(wait.kind().name()))
                .setDetail(wait.detail())
                .setSince(wait.since().toEpochMilli())
                .setUntil(wait.until().map(Instant::toEpochMilli).orElse(0L))
                .build();
    }

    private static Party party(org.buildengine.solver.waiting.Party party) {
        return Party.newBuilder()
                .setKind(Party.Kind.valueOf(party.kind().name()))
                .setId(party.id())
                .setName(party.name())
                .build();
    }
}
