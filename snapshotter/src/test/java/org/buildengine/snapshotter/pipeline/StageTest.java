package org.buildengine.snapshotter.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StageTest {
    private final List<Integer> seen = new ArrayList<>();

    private void take(int[] buffer) {
        seen.add(buffer[0]);
        buffer[0] = 0;
    }

    @Test
    void allIsWorkedOnInItsOrderAndBuffersComeBackEmpty() throws IOException {
        var made = new AtomicInteger();
        try (var stage = new Stage<>(
                "stage",
                () -> {
                    made.incrementAndGet();
                    return new int[1];
                },
                this::take)) {
            for (int i = 1; i <= 1000; i++) {
                assertThat(stage.buffer()).containsExactly(0);
                stage.buffer()[0] = i;
                stage.handOver();
            }
            stage.buffer()[0] = 1001;
            stage.finish();
        }
        assertThat(seen).hasSize(1001).isSorted().doesNotHaveDuplicates();
        assertThat(made).hasValueLessThanOrEqualTo(4);
    }

    @Test
    void whatFitsIntoOneBufferNeedsNoThread() throws IOException {
        var worker = new ArrayList<Thread>();
        try (var stage = new Stage<>("stage", () -> new int[1], _ -> worker.add(Thread.currentThread()))) {
            stage.finish();
        }
        assertThat(worker).containsExactly(Thread.currentThread());
    }

    @Test
    void nothingIsWorkedOnAfterAFailureWhichReachesWhoeverHandsOver() {
        var failure = new IOException("tested");
        var calls = new AtomicInteger();
        try (var stage = new Stage<>("stage", () -> new int[1], _ -> {
            calls.incrementAndGet();
            throw failure;
        })) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            stage.handOver();
                        }
                    })
                    .isSameAs(failure);
            assertThatThrownBy(stage::finish).isSameAs(failure);
            assertThat(stage.failedWith(failure)).isTrue();
        }
        assertThat(calls).hasValue(1);
    }

    @Test
    void closingWaitsForTheBufferAtHandAndLeavesTheOthers() throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var calls = new AtomicInteger();
        var stage = new Stage<>("stage", () -> new int[1], _ -> {
            begun.countDown();
            awaitQuietly(goOn);
            calls.incrementAndGet();
        });
        stage.handOver();
        stage.handOver();
        begun.await();
        Thread closing = Thread.ofVirtual().start(stage::close);
        while (closing.getState() != Thread.State.WAITING && closing.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertThat(calls).hasValue(0);
        goOn.countDown();
        closing.join();
        assertThat(calls).hasValue(1);
    }

    private static void awaitQuietly(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
