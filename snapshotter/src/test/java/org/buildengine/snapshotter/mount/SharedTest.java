package org.buildengine.snapshotter.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.delay.Delays;
import org.junit.jupiter.api.Test;

class SharedTest {
    private final List<String> log = new ArrayList<>();
    private final Delays delays = new Delays(Duration.ZERO);

    private <K, V> Shared<K, V> shared(int idle, Shared.Maker<K, V> maker, Shared.Disposer<V> disposer) {
        return new Shared<>(idle, maker, disposer, delays, key -> "the " + key);
    }

    private Shared<String, String> shared(int idle) {
        return shared(
                idle,
                key -> {
                    log.add("+" + key);
                    return key;
                },
                value -> log.add("-" + value));
    }

    @Test
    void whoWaitsForTheThingOfAnotherIsNamed() throws Exception {
        var begun = new CountDownLatch(1);
        var mounted = new CountDownLatch(1);
        var shared = this.<String, String>shared(
                1,
                key -> {
                    begun.countDown();
                    return made(key, mounted);
                },
                value -> log.add("-" + value));
        Waiter step = new Waiter() {};
        var maker = new FutureTask<>(() -> shared.use("a").value());
        Thread.ofVirtual().start(maker);
        begun.await();
        assertThat(delays.now()).as("who makes it waits for nobody").isEmpty();
        var other = new FutureTask<>(() -> step.calls(() -> shared.use("a").value()));
        Thread.ofVirtual().start(other);
        await().until(() -> !delays.now().isEmpty());
        assertThat(delays.now()).singleElement().satisfies(delay -> {
            assertThat(delay.waiter()).containsSame(step);
            assertThat(delay.cause()).isEqualTo(Delay.Cause.MOUNT);
            assertThat(delay.detail()).isEqualTo("the a");
            assertThat(delay.left().orElseThrow()).isBetween(Duration.ofSeconds(100), Duration.ofMinutes(2));
        });
        mounted.countDown();
        assertThat(List.of(maker.get(), other.get())).containsExactly("a", "a");
        assertThat(delays.now()).isEmpty();
    }

    private static String made(String key, CountDownLatch mounted) throws IOException {
        try {
            mounted.await();
            return key;
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void thingIsMadeOnceAndEndedWhenItIsIdleTooLong() throws IOException {
        Shared<String, String> shared = shared(1);
        var first = shared.use("a");
        var second = shared.use("a");
        first.close();
        first.close();
        shared.use("b").close();
        assertThat(log).containsExactly("+a", "+b");
        second.close();
        assertThat(log).containsExactly("+a", "+b", "-b");
        var again = shared.use("a");
        assertThat(again.value()).isEqualTo("a");
        shared.disposeIdle(_ -> true);
        assertThat(log).containsExactly("+a", "+b", "-b");
        again.close();
        shared.disposeIdle(_ -> true);
        assertThat(log).containsExactly("+a", "+b", "-b", "-a");
    }

    @Test
    void retiredThingsAreMadeAnewAndEndWithTheirLastUser() throws IOException {
        Shared<String, String> shared = shared(2);
        var used = shared.use("a");
        shared.use("b").close();
        shared.retire(key -> key.equals("a") || key.equals("b"), () -> log.add("ended"));
        assertThat(log).containsExactly("+a", "+b", "-b");
        var anew = shared.use("a");
        shared.use("b").close();
        assertThat(log).containsExactly("+a", "+b", "-b", "+a", "+b");
        used.close();
        assertThat(log).containsExactly("+a", "+b", "-b", "+a", "+b", "-a", "ended");
        anew.close();
        shared.retire(_ -> true, () -> log.add("ended too"));
        assertThat(log).hasSize(10).endsWith("ended too");
        shared.retire(_ -> true, () -> log.add("nothing there"));
        assertThat(log).endsWith("nothing there");
    }

    @Test
    void retirementEndsAlsoWhenTheMakingFails() throws IOException {
        var making = new ArrayList<Runnable>();
        var shared = this.<String, String>shared(
                1,
                key -> {
                    making.removeFirst().run();
                    throw new IOException("cannot");
                },
                value -> log.add("-" + value));
        making.add(() -> {
            try {
                shared.retire(_ -> true, () -> log.add("ended"));
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            assertThat(log).isEmpty();
        });
        assertThatThrownBy(() -> shared.use("a")).hasMessage("cannot");
        assertThat(log).containsExactly("ended");
    }

    @Test
    void failureIsForgottenSoThatTheNextUseTriesAgain() throws IOException {
        var tries = new AtomicInteger();
        var shared = this.<String, String>shared(
                0,
                key -> {
                    if (tries.incrementAndGet() == 1) {
                        throw new IOException("not yet");
                    }
                    return key;
                },
                value -> log.add("-" + value));
        assertThatThrownBy(() -> shared.use("a"))
                .isInstanceOf(IOException.class)
                .hasMessage("not yet");
        shared.use("a").close();
        assertThat(log).containsExactly("-a");
    }

    @Test
    void nothingIsUsedAfterItsEndNorMadeTwiceAtATimeUnderRandomUse() throws Exception {
        long seed = System.nanoTime();
        var alive = ConcurrentHashMap.<AtomicInteger>newKeySet();
        var shared = this.<Integer, AtomicInteger>shared(
                2,
                key -> {
                    var made = new AtomicInteger(key);
                    alive.add(made);
                    return made;
                },
                value -> {
                    assertThat(alive.remove(value)).isTrue();
                });
        var users = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < 8; i++) {
            var random = new Random(seed + i);
            users.add(() -> {
                for (int round = 0; round < 2000; round++) {
                    try (var use = shared.use(random.nextInt(6))) {
                        if (!alive.contains(use.value())) {
                            return false;
                        }
                    }
                }
                return true;
            });
        }
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (var user : threads.invokeAll(users)) {
                assertThat(user.get()).as("seed %d", seed).isTrue();
            }
        }
        shared.disposeIdle(_ -> true);
        assertThat(alive).isEmpty();
    }
}
