package org.buildengine.snapshotter.collection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.layer.LayerForm;
import org.buildengine.snapshotter.store.Store;
import org.buildengine.snapshotter.store.StoreLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who looks after the room while steps run: one thread, however many there are and however they follow each other. */
class HeadroomTest {
    @TempDir
    Path root;

    private Store store;
    private Headroom headroom;

    @BeforeEach
    void open() throws IOException {
        try (Store.Locked locked = Store.lock(StoreLayout.create(root))) {
            store = locked.open(
                    new Store.Settings(LayerForm.DIRECTORY, "boot", Duration.ofHours(1), InstantSource.system()));
        }
        headroom = new Headroom(root, store);
    }

    @AfterEach
    void close() throws IOException {
        headroom.close();
        store.close();
    }

    private static List<Thread> watchmen() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("headroom"))
                .toList();
    }

    @Test
    void stepsThatFollowEachOtherShareTheThread() throws IOException {
        for (int step = 0; step < 100; step++) {
            headroom.watch().close();
            assertThat(watchmen()).hasSizeLessThanOrEqualTo(1);
        }
    }

    @Test
    void nobodyLooksAfterTheLastStep() throws IOException {
        Closeable one = headroom.watch();
        Closeable other = headroom.watch();
        one.close();
        one.close();
        assertThat(watchmen()).as("the other still runs").hasSize(1);
        Thread first = watchmen().getFirst();
        other.close();
        await().atMost(Duration.ofMinutes(1)).until(() -> !first.isAlive());
        try (Closeable _ = headroom.watch()) {
            assertThat(watchmen()).hasSize(1).doesNotContain(first);
        }
    }

    @Test
    void closingEndsTheThreadAndItStaysEnded() throws IOException {
        headroom.watch();
        headroom.close();
        assertThat(watchmen()).isEmpty();
        headroom.watch();
        assertThat(watchmen()).isEmpty();
    }

    /** As many bytes as no disk has are asked for. */
    @Test
    void whoMakesRoomAndWhoWaitsForThatAreNamed() throws Exception {
        var listed = new CountDownLatch(1);
        headroom.collectWith(new SlowCollector(listed));
        Waiter first = new Waiter() {};
        Waiter second = new Waiter() {};
        long most = Long.MAX_VALUE / 4;
        var making = new FutureTask<>(() -> first.calls(() -> headroom.make(most)));
        Thread.ofVirtual().start(making);
        await().until(() -> store.delays().now().size() == 1);
        var waiting = new FutureTask<>(() -> second.calls(() -> headroom.make(most)));
        Thread.ofVirtual().start(waiting);
        await().until(() -> store.delays().now().size() == 2);
        assertThat(store.delays().now()).allMatch(delay -> delay.cause() == Delay.Cause.ROOM);
        assertThat(limit(first)).isEmpty();
        assertThat(limit(second).orElseThrow()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
        listed.countDown();
        making.get();
        waiting.get();
        assertThat(store.delays().now()).isEmpty();
    }

    private Optional<Duration> limit(Waiter waiter) {
        return store.delays().now().stream()
                .filter(delay -> delay.waiter().filter(waiter::equals).isPresent())
                .findFirst()
                .orElseThrow()
                .left();
    }

    /** It waits until what it wrote is unlinked. */
    @Test
    void executionThatNeedsMoreRoomIsNamed() throws Exception {
        var unlinked = new CountDownLatch(1);
        headroom.collectWith(new SlowCollector(unlinked));
        WritePoint.listen(point -> {
            if (point == WritePoint.TRASH_UNLINKED) {
                SlowCollector.await(unlinked);
            }
        });
        try {
            store.trash().discard(Files.createDirectory(root.resolve("written")));
            Waiter step = new Waiter() {};
            var making = new FutureTask<>(() -> step.calls(() -> headroom.makeMore(true)));
            Thread.ofVirtual().start(making);
            await().until(() -> !store.delays().now().isEmpty());
            assertThat(limit(step)).isEmpty();
            unlinked.countDown();
            making.get();
            assertThat(store.delays().now()).isEmpty();
        } finally {
            unlinked.countDown();
            WritePoint.listen(_ -> {});
        }
    }

    /** Nothing can be asked of a directory that is gone: it is said, and looked at again after a pause. */
    @Test
    void pausesAfterALookThatFailed() throws IOException, InterruptedException {
        Path away = root.resolveSibling(root.getFileName() + "-away");
        var warned = new CountDownLatch(1);
        var handler = new Handler() {
            @Override
            public void publish(LogRecord line) {
                warned.countDown();
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger log = Logger.getLogger(Headroom.class.getName());
        log.addHandler(handler);
        log.setUseParentHandlers(false);
        try (Closeable _ = headroom.watch()) {
            Thread watchman = watchmen().getFirst();
            Files.move(root, away);
            warned.await();
            await().atMost(Duration.ofMinutes(1)).until(() -> watchman.getState() == Thread.State.TIMED_WAITING);
        } finally {
            log.removeHandler(handler);
            log.setUseParentHandlers(true);
            Files.move(away, root);
        }
    }
}
