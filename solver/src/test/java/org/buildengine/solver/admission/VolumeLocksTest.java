package org.buildengine.solver.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class VolumeLocksTest {
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final Digest A = Digest.of("a");
    private static final Digest B = Digest.of("b");
    private static final Digest C = Digest.of("c");

    private final VolumeLocks locks = new VolumeLocks(() -> NOW);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void stop() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    private static Party step(String name) {
        return new Party(Party.Kind.STEP, name, name);
    }

    private VolumeLocks.Place take(String taker, Digest... volumes) {
        return locks.take(Set.of(volumes), step(taker));
    }

    private List<String> waits() {
        return locks.waits().stream()
                .map(wait -> wait.waiter().name() + " for " + wait.awaited().name())
                .toList();
    }

    /** P12, and item 7 of the list of defects: any sets of volumes at once, and some who wait give up. */
    @Test
    void item07AnySetsOfVolumesNeverWaitForEachOther() throws Exception {
        Map<Digest, AtomicInteger> users = new ConcurrentHashMap<>();
        var crowded = new AtomicInteger();
        var random = new SplittableRandom(7);
        for (int round = 0; round < 100; round++) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                Set<Digest> wanted = volumes(random);
                all.add(threads.submit(() -> {
                    try (VolumeLocks.Place place = locks.take(wanted, step("somebody"))) {
                        place.granted().get();
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
    }

    private static Set<Digest> volumes(SplittableRandom random) {
        var volumes = new HashSet<Digest>();
        for (int i = 0; i < 5; i++) {
            if (random.nextBoolean()) {
                volumes.add(Digest.of("volume " + i));
            }
        }
        return volumes;
    }

    @Test
    void whoWaitsForOneVolumeKeepsNoneOfTheOthers() {
        VolumeLocks.Place first = take("first", A);
        VolumeLocks.Place both = take("both", A, B);
        assertThat(both.granted()).isNotDone();
        both.close();
        VolumeLocks.Place second = take("second", B);
        assertThat(second.granted()).isDone();
        first.close();
        assertThat(both.granted()).isNotDone();
        assertThat(take("third", A).granted()).isDone();
    }

    @Test
    void whoCameFirstIsNotPassedOver() {
        VolumeLocks.Place first = take("first", A);
        VolumeLocks.Place both = take("both", A, B);
        VolumeLocks.Place late = take("late", B);
        VolumeLocks.Place other = take("other", C);
        assertThat(other.granted()).isDone();
        assertThat(late.granted()).isNotDone();
        first.close();
        assertThat(both.granted()).isDone();
        assertThat(late.granted()).isNotDone();
        both.close();
        assertThat(late.granted()).isDone();
    }

    @Test
    void whoGivesUpLetsTheNextOneIn() {
        take("first", A);
        VolumeLocks.Place both = take("both", A, B);
        VolumeLocks.Place late = take("late", B);
        assertThat(late.granted()).isNotDone();
        both.close();
        assertThat(late.granted()).isDone();
    }

    @Test
    void whoWaitsIsSaidToWaitForWhoeverIsInTheWay() {
        VolumeLocks.Place first = take("first", A);
        assertThat(waits()).isEmpty();
        VolumeLocks.Place second = take("second", A, B);
        take("third", B);
        assertThat(waits()).containsExactly("second for first", "third for second");
        assertThat(locks.waits())
                .extracting(Wait::kind, Wait::detail, Wait::since)
                .containsExactly(
                        tuple(Wait.Kind.CACHE_VOLUME, A.hex(), NOW), tuple(Wait.Kind.CACHE_VOLUME, B.hex(), NOW));
        first.close();
        assertThat(waits()).containsExactly("third for second");
        second.close();
        assertThat(waits()).isEmpty();
    }

    @Test
    void closingTwiceGivesBackOnce() {
        VolumeLocks.Place first = take("first", A);
        first.close();
        VolumeLocks.Place second = take("second", A);
        first.close();
        assertThat(second.granted()).isDone();
        assertThat(take("third", A).granted()).isNotDone();
    }
}
