package org.buildengine.snapshotter.delay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.junit.jupiter.api.Test;

class DelaysTest {
    private static final Waiter STEP = new Waiter() {};

    private final Delays delays = new Delays(Duration.ZERO);

    @Test
    void waitIsThatOfWhoCallsUntilItIsClosed() throws IOException {
        Delays.Waiting waiting = STEP.calls(() -> delays.begin(Delay.Cause.ROOM, "much", Duration.ofMinutes(1)));
        Delay delay = delays.now().getFirst();
        assertThat(delay.waiter()).containsSame(STEP);
        assertThat(delay.cause()).isEqualTo(Delay.Cause.ROOM);
        assertThat(delay.detail()).isEqualTo("much");
        assertThat(delay.age().plus(delay.left().orElseThrow())).isEqualTo(Duration.ofMinutes(1));
        waiting.close();
        waiting.close();
        assertThat(delays.now()).isEmpty();
        try (Delays.Waiting _ = delays.begin(Delay.Cause.MOUNT, "")) {
            assertThat(delays.now()).singleElement().satisfies(nameless -> {
                assertThat(nameless.waiter()).isEmpty();
                assertThat(nameless.left()).isEmpty();
            });
        }
    }

    @Test
    void whoCallsIsKnownOnTheThreadThatDoesTheWork() throws Exception {
        var call = new FutureTask<Optional<Waiter>>(() -> STEP.calls(() -> NativeThreads.run(Delays::caller)));
        Thread.ofVirtual().start(call);
        assertThat(call.get()).containsSame(STEP);
        var nobody = new FutureTask<Optional<Waiter>>(() -> NativeThreads.run(Delays::caller));
        Thread.ofVirtual().start(nobody);
        assertThat(nobody.get()).isEmpty();
    }

    @Test
    void whatIsOverInAMomentIsNotTold() {
        var patient = new Delays(Duration.ofMillis(300));
        var old = new Delay(Optional.of(STEP), Delay.Cause.STORE, "", Duration.ofSeconds(1), Optional.empty());
        var young = new Delay(Optional.of(STEP), Delay.Cause.STORE, "", Duration.ofMillis(1), Optional.empty());
        patient.alsoAsk(() -> List.of(old, young));
        long began = System.nanoTime();
        try (Delays.Waiting _ = patient.begin(Delay.Cause.MOUNT, "")) {
            await().until(() -> patient.now().size() == 2);
            assertThat(System.nanoTime() - began)
                    .isGreaterThan(Duration.ofMillis(300).toNanos());
        }
        assertThat(patient.now()).containsExactly(old);
    }
}
