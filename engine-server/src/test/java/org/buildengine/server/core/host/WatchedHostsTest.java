package org.buildengine.server.core.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.buildengine.server.Lease;
import org.buildengine.server.SessionTimes;
import org.buildengine.server.Sessions;
import org.buildengine.server.core.Hosts;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.tree.CallWatch;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;
import org.junit.jupiter.api.Test;

class WatchedHostsTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");

    private final Waits waits = new Waits(InstantSource.fixed(NOW));
    private final List<Wait> seen = new ArrayList<>();

    /** A machine whose every answer is nothing; while it is asked, all waits are noted, before its call and within. */
    private Hosts slow(Duration limit) {
        return (Hosts) Proxy.newProxyInstance(Hosts.class.getClassLoader(), new Class<?>[] {Hosts.class}, (_, _, _) -> {
            seen.addAll(waits.with(List.of()));
            CallWatch.current().waits(limit);
            seen.addAll(waits.with(List.of()));
            CallWatch.current().goesOn();
            return new byte[0];
        });
    }

    @Test
    void callIsWaitedForAsLongAsItMayTake() throws Exception {
        var sessions = new Sessions(SessionTimes.defaults(), waits);
        try (Lease lease = sessions.enter(ClientMetadata.of("client", "secret", "session", "v0.21.8"))) {
            new WatchedHosts(slow(Duration.ofMinutes(2)), waits).secret(lease.client(), "env://A");

            Party client = Party.client("client client of session session");
            var before = new Wait(client, client, Wait.Kind.CLIENT_CALL, "a secret", NOW, Optional.empty());
            assertThat(seen).hasSize(2).first().isEqualTo(before);
            assertThat(seen.getLast().until().orElseThrow())
                    .isBetween(NOW.plusSeconds(110), NOW.plus(Duration.ofMinutes(2)));
            assertThat(waits.with(List.of())).isEmpty();
        }
    }
}
