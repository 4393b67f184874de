package org.buildengine.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.buildengine.snapshotter.Delay;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SnapshotterWaitsTest {
    private static final Instant NOW = Instant.EPOCH.plusSeconds(100);

    @ParameterizedTest
    @EnumSource(Delay.Cause.class)
    void everyCauseIsToldWithWhoWaitsAndUntilWhen(Delay.Cause cause) {
        Party step = new Party(Party.Kind.STEP, "1", "exec make");
        var named = new Delay(
                Optional.of(step), cause, "which", Duration.ofSeconds(3), Optional.of(Duration.ofSeconds(20)));
        var nameless = new Delay(Optional.empty(), cause, "", Duration.ofSeconds(2), Optional.empty());
        var kind = Wait.Kind.valueOf(cause.name());
        assertThat(SnapshotterWaits.of(List.of(named, nameless), NOW))
                .containsExactly(
                        new Wait(
                                step,
                                Party.ENGINE,
                                kind,
                                "which",
                                NOW.minusSeconds(3),
                                Optional.of(NOW.plusSeconds(20))),
                        new Wait(Party.ENGINE, Party.ENGINE, kind, "", NOW.minusSeconds(2), Optional.empty()));
        int message = org.buildengine.session.wire.builds.Wait.Kind.valueOf(kind.name())
                .getNumber();
        assertThat(message).as("as it is sent").isPositive();
    }
}
