package org.buildengine.server.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CacheLocksTest {
    private final CacheLocks locks = new CacheLocks();
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
                    try (CacheLocks.Held _ = locks.take(wanted)) {
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
        locks.take(List.of(A, B)).close();
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
        CacheLocks.Held held = locks.take(List.of(second));
        Thread waiter = Thread.currentThread();
        Future<?> interrupting = threads.submit(() -> {
            while (waiter.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            waiter.interrupt();
        });
        assertThatThrownBy(() -> locks.take(List.of(second, first))).isInstanceOf(InterruptedException.class);
        interrupting.get();
        locks.take(List.of(first)).close();
        held.close();
        locks.take(List.of(A, B)).close();
    }

    @Test
    void closingTwiceGivesBackOnce() throws Exception {
        CacheLocks.Held held = locks.take(List.of(A, A));
        held.close();
        CacheLocks.Held again = locks.take(List.of(A));
        held.close();
        Thread other = Thread.ofPlatform().start(() -> {
            try {
                locks.take(List.of(A)).close();
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
