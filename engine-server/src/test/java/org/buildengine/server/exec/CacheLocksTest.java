package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.buildengine.snapshotter.Digest;
import org.buildengine.solver.waiting.Party;
import org.buildengine.solver.waiting.Wait;
import org.buildengine.solver.waiting.Waits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CacheLocksTest {
    private static final Party SOMEBODY = new Party(Party.Kind.STEP, "0", "somebody");

    private final Waits waits = new Waits(InstantSource.system());
    private final CacheLocks locks = new CacheLocks(waits);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private static final Digest A = Digest.of("a");
    private static final Digest B = Digest.of("b");

    @AfterEach
    void stop() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    /** P12, and item 7 of the list of defects: any sets of volumes in any order, and some who wait are interrupted. */
    @Test
    void item07AnySetsOfVolumesInAnyOrderNeverWaitForEachOther() throws Exception {
        Map<Digest, AtomicInteger> users = new ConcurrentHashMap<>();
        var crowded = new AtomicInteger();
        var random = new SplittableRandom(7);
        for (int round = 0; round < 100; round++) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                List<Digest> wanted = volumes(random);
                all.add(threads.submit(() -> {
                    try (CacheLocks.Held _ = locks.take(wanted, SOMEBODY)) {
                        for (Digest volume : wanted) {
                            if (users.computeIfAbsent(volume, _ -> new AtomicInteger())
                                            .incrementAndGet()
                                    > 1) {
                                crowded.incrementAndGet();
                            }
                        }
                        LockSupport.parkNanos(1);
                        wanted.forEach(volume -> users.computeIfAbsent(volume, _ -> new AtomicInteger())
                                .decrementAndGet());
                    }
                    return null;
                }));
            }
            all.get(random.nextInt(all.size())).cancel(true);
            for (Future<?> each : all) {
                if (!each.isCancelled()) {
                    each.get();
                }
            }
        }
        assertThat(crowded).hasValue(0);
        locks.take(List.of(A, B), SOMEBODY).close();
    }

    private static List<Digest> volumes(SplittableRandom random) {
        var volumes = new ArrayList<Digest>();
        for (int i = 0; i < 5; i++) {
            if (random.nextBoolean()) {
                volumes.add(Digest.of("volume " + i));
            }
        }
        for (int i = volumes.size() - 1; i > 0; i--) {
            Collections.swap(volumes, i, random.nextInt(i + 1));
        }
        return volumes;
    }

    @Test
    void whoIsInterruptedGivesBackWhatItTook() throws Exception {
        Digest first = A.compareTo(B) < 0 ? A : B;
        Digest second = first.equals(A) ? B : A;
        CacheLocks.Held held = locks.take(List.of(second), SOMEBODY);
        Thread waiter = Thread.currentThread();
        Future<?> interrupting = threads.submit(() -> {
            while (waiter.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            waiter.interrupt();
        });
        assertThatThrownBy(() -> locks.take(List.of(second, first), SOMEBODY)).isInstanceOf(InterruptedException.class);
        interrupting.get();
        locks.take(List.of(first), SOMEBODY).close();
        held.close();
        locks.take(List.of(A, B), SOMEBODY).close();
    }

    @Test
    void whoWaitsIsSaidToWaitForWhoeverHasTheVolumeThen() throws Exception {
        Party first = new Party(Party.Kind.STEP, "1", "first");
        Party second = new Party(Party.Kind.STEP, "2", "second");
        Party third = new Party(Party.Kind.STEP, "3", "third");
        CacheLocks.Held held = locks.take(List.of(A), first);
        assertThat(waits.with(List.of())).isEmpty();
        Future<CacheLocks.Held> next = threads.submit(() -> locks.take(List.of(A), second));
        await().until(() -> waits.with(List.of()).size() == 1);
        Future<CacheLocks.Held> last = threads.submit(() -> locks.take(List.of(A), third));
        await().until(() -> waits.with(List.of()).size() == 2);
        assertThat(waits.with(List.of())).allSatisfy(wait -> {
            assertThat(wait.awaited()).isEqualTo(first);
            assertThat(wait.kind()).isEqualTo(Wait.Kind.CACHE_VOLUME);
            assertThat(wait.detail()).isEqualTo(A.hex());
        });

        held.close();
        CacheLocks.Held passedOn = next.get();
        assertThat(waits.with(List.of()))
                .extracting(Wait::waiter, Wait::awaited)
                .containsExactly(tuple(third, second));
        passedOn.close();
        last.get().close();
        assertThat(waits.with(List.of())).isEmpty();
    }

    @Test
    void closingTwiceGivesBackOnce() throws Exception {
        CacheLocks.Held held = locks.take(List.of(A, A), SOMEBODY);
        held.close();
        CacheLocks.Held again = locks.take(List.of(A), SOMEBODY);
        held.close();
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                locks.take(List.of(A), SOMEBODY).close();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        while (other.getState() != Thread.State.WAITING && other.isAlive()) {
            Thread.onSpinWait();
        }
        assertThat(other.isAlive()).isTrue();
        again.close();
        other.join();
        assertThat(other.isAlive()).isFalse();
    }
}
