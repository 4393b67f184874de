package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannelBuilder;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.buildengine.session.ClientMetadata;
import org.buildengine.session.attachables.Attachables;
import org.buildengine.session.attachables.HealthWatch;
import org.buildengine.session.tree.CallWatch;
import org.buildengine.solver.waiting.Awaited;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Waits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long a client that was stopped is waited for. */
@Timeout(60)
class SilentClientTest {
    private static final HealthWatch.Timing CHECKS =
            new HealthWatch.Timing(Duration.ofMillis(10), Duration.ofSeconds(20), 2);

    @Test
    void earlierOfTheEndsOfItsCallAndOfItsSessionIsSaid() throws Exception {
        var sessions = new Sessions(SessionTimes.defaults(), new Waits(InstantSource.system()));
        try (var mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Lease lease = sessions.enter(ClientMetadata.of("client", "secret", "session", "v0.21.8"));
                Attachables attachables = Attachables.over(
                        ManagedChannelBuilder.forAddress("127.0.0.1", mute.getLocalPort())
                                .usePlaintext()
                                .build(),
                        List.of("/grpc.health.v1.Health/Check"),
                        CHECKS);
                CallWatch calls = CallWatch.open()) {
            DaggerClient client = lease.client();
            Party party = Party.client(client.toString());
            calls.waits(Duration.ofMinutes(10));
            Awaited healthy = client.awaited(calls);
            assertThat(healthy.note()).isEmpty();
            assertThat(healthy.left().orElseThrow()).isGreaterThan(Duration.ofMinutes(9));

            client.attaching().begin();
            client.attaching().attached(attachables);
            Awaited unsure = client.awaited(calls);
            assertThat(unsure.note()).isEqualTo("its session ends unless it answers health checks");
            assertThat(unsure.left().orElseThrow()).isBetween(Duration.ofSeconds(30), Duration.ofMillis(40_020));
            calls.goesOn();
            assertThat(client.awaited(calls)).isEqualTo(new Awaited(party, Optional.empty(), Optional.empty()));
            calls.waits(Duration.ofMinutes(10));
            await().until(() -> !client.awaited(calls).note().equals(unsure.note()));
            Awaited silent = client.awaited(calls);
            assertThat(silent.party()).isEqualTo(party);
            assertThat(silent.note()).isEqualTo("it answers no health check, which ends its session");
            assertThat(silent.left().orElseThrow()).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(40));

            calls.waits(Duration.ofSeconds(5));
            assertThat(client.awaited(calls).note()).isEmpty();
            assertThat(client.awaited(calls).left().orElseThrow()).isLessThanOrEqualTo(Duration.ofSeconds(5));

            attachables.close("it is gone");
            calls.goesOn();
            assertThat(client.awaited(calls)).isEqualTo(new Awaited(party, Optional.empty(), Optional.empty()));
        }
    }
}
