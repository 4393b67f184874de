package org.buildengine.solver.waiting;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.buildengine.solver.waiting.Wait.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WaitsTest {
    private static final Party STEP = new Party(Party.Kind.STEP, "1", "exec make");
    private static final Party OTHER = new Party(Party.Kind.STEP, "2", "exec test");
    private static final Party CLIENT = Party.client("client a");

    private Instant now = Instant.EPOCH.plusSeconds(10);
    private final Waits waits = new Waits(() -> now);

    private static Wait run(Party step) {
        return work(step, Kind.RUN);
    }

    private static Wait work(Party step, Kind kind) {
        return new Wait(step, step, kind, "", Instant.EPOCH, Optional.empty());
    }

    @Test
    void waitIsListedUntilItIsClosed() {
        Waits.Waiting waiting = waits.begin(CLIENT, CLIENT, Kind.ATTACHMENT, "", Duration.ofSeconds(5));
        assertThat(waits.with(List.of()))
                .containsExactly(
                        new Wait(CLIENT, CLIENT, Kind.ATTACHMENT, "", now, Optional.of(Instant.EPOCH.plusSeconds(15))));
        waiting.close();
        waiting.close();
        assertThat(waits.with(List.of())).isEmpty();
    }

    @Test
    void equalWaitsAreListedEachAndTheLongestFirst() {
        Wait ran = run(OTHER);
        try (Waits.Waiting first = waits.begin(STEP, Party.registry("here"), Kind.LAYER, "l")) {
            now = now.plusSeconds(1);
            try (Waits.Waiting second = waits.begin(STEP, Party.registry("here"), Kind.LAYER, "l");
                    Waits.Waiting third = waits.begin(STEP, Party.registry("here"), Kind.LAYER, "l")) {
                assertThat(List.of(first, second, third)).doesNotHaveDuplicates();
                assertThat(waits.with(List.of(ran)))
                        .extracting(Wait::since)
                        .containsExactly(Instant.EPOCH, now.minusSeconds(1), now, now);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"LOOK_UP", "RUN"})
    void stepThatWaitsIsNotSaidToWork(Kind kind) {
        try (Waits.Waiting _ = waits.begin(STEP, OTHER, Kind.CACHE_VOLUME, "v")) {
            assertThat(waits.with(List.of(work(STEP, kind), work(OTHER, kind))))
                    .extracting(wait -> wait.waiter().name() + " " + wait.kind())
                    .containsExactly("exec test " + kind, "exec make CACHE_VOLUME");
        }
        assertThat(waits.with(List.of(work(STEP, kind)))).containsExactly(work(STEP, kind));
    }

    @Test
    void whoKnowsByItselfIsAskedToo() {
        var room = new Wait(STEP, Party.ENGINE, Kind.ROOM, "", now.minusSeconds(3), Optional.empty());
        waits.alsoAsk(() -> List.of(room));
        try (Waits.Waiting _ = waits.begin(CLIENT, CLIENT, Kind.ATTACHMENT, "")) {
            assertThat(waits.with(List.of(run(STEP), run(OTHER))))
                    .extracting(wait -> wait.waiter().name() + " " + wait.kind())
                    .containsExactly("exec test RUN", "exec make ROOM", "client a ATTACHMENT");
        }
    }

    @Test
    void whoIsAwaitedMayChangeMeanwhile() {
        var awaited = new AtomicReference<>(Awaited.of(OTHER));
        try (Waits.Waiting _ = waits.begin(STEP, Kind.LAYER, "l", awaited::get)) {
            Instant began = now;
            now = now.plusSeconds(7);
            assertThat(waits.with(List.of()))
                    .containsExactly(new Wait(STEP, OTHER, Kind.LAYER, "l", began, Optional.empty()));
            Party mirror = Party.registry("mirror");
            awaited.set(new Awaited(mirror, Optional.of(Duration.ofSeconds(2)), Optional.of(Duration.ofSeconds(58))));
            assertThat(waits.with(List.of()))
                    .containsExactly(new Wait(
                            STEP, mirror, Kind.LAYER, "l", now.minusSeconds(2), Optional.of(now.plusSeconds(58))));
        }
    }

    @Test
    void whatIsTheMatterWithWhoIsAwaitedIsSaidBehindTheDetail() {
        var silent = new Awaited(CLIENT, Optional.empty(), Optional.empty(), "it answers no health check");
        try (Waits.Waiting _ = waits.begin(STEP, Kind.CLIENT_CALL, "the login to here", () -> silent)) {
            assertThat(waits.with(List.of()))
                    .extracting(Wait::detail)
                    .containsExactly("the login to here (it answers no health check)");
        }
    }
}
