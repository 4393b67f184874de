package org.buildengine.snapshotter.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedTest {
    private final List<String> log = new ArrayList<>();

    private Shared<String, String> shared(int idle) {
        return new Shared<>(
                idle,
                key -> {
                    log.add("+" + key);
                    return key;
                },
                value -> log.add("-" + value));
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
        var shared = new Shared<String, String>(
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
        var shared = new Shared<String, String>(
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
        var shared = new Shared<Integer, AtomicInteger>(
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
