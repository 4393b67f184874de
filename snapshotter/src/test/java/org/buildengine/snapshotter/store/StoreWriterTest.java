package org.buildengine.snapshotter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.delay.Delays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What those who change the store are told while it takes no change, as when its device does not answer. */
@Timeout(60)
class StoreWriterTest {
    private static final byte[] KEY = {1};
    private static final int QUEUE = 1024;

    @TempDir
    private Path directory;

    private final CountDownLatch alive = new CountDownLatch(1);
    private final Delays delays = new Delays(Duration.ZERO);
    private Database database;
    private StoreWriter writer;

    @BeforeEach
    void storeWhoseDeviceHangs() throws Exception {
        database = Database.open(directory.resolve("database"), "boot-1");
        writer = new StoreWriter(database, 1, false, Duration.ofSeconds(1), delays);
    }

    @AfterEach
    void close() throws Exception {
        alive.countDown();
        writer.close();
        database.close();
    }

    private void hang() throws Exception {
        var hangs = new CountDownLatch(1);
        writer.submit(_ -> {
            hangs.countDown();
            try {
                alive.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        hangs.await();
    }

    @Test
    void whoWaitsForAChangeIsToldThatTheDeviceHangs() throws Exception {
        hang();
        // A wait for the store cannot be interrupted, so it is another thread's.
        var written = new CompletableFuture<Void>();
        Thread.ofVirtual().start(() -> {
            try {
                writer.write(batch -> batch.put(Table.BUILD, KEY, KEY));
                written.complete(null);
            } catch (IOException e) {
                written.completeExceptionally(e);
            }
        });
        assertThatThrownBy(() -> written.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessage("the store has not taken a change for 1 seconds; is its device alive?");
        alive.countDown();
        writer.write(_ -> {});
        assertThat(database.get(Table.BUILD, KEY))
                .as("what was queued is written after all")
                .isPresent();
    }

    @Test
    void whoWaitsForAChangeIsNamed() throws Exception {
        hang();
        Waiter step = new Waiter() {};
        var written = new FutureTask<>(() -> step.calls(() -> {
            writer.write(_ -> {});
            return step;
        }));
        Thread.ofVirtual().start(written);
        writer.submit(_ -> {});
        await().until(() -> !delays.now().isEmpty());
        Delay delay = delays.now().getFirst();
        assertThat(delay.waiter()).containsSame(step);
        assertThat(delay.cause()).isEqualTo(Delay.Cause.STORE);
        assertThat(delay.age()).isBetween(Duration.ZERO, Duration.ofSeconds(20));
        assertThat(delay.left().orElseThrow()).isLessThan(Duration.ofSeconds(1));
        assertThat(delays.now()).as("nobody waits for what is only submitted").hasSize(1);
        alive.countDown();
        written.get();
        assertThat(delays.now()).isEmpty();
    }

    @Test
    void whoFindsTheQueueFullIsNamed() throws Exception {
        hang();
        for (int i = 0; i < QUEUE; i++) {
            writer.submit(_ -> {});
        }
        var submitted = new FutureTask<>(() -> {
            writer.submit(_ -> {});
            return true;
        });
        Thread.ofVirtual().start(submitted);
        await().until(() -> !delays.now().isEmpty());
        assertThat(delays.now())
                .singleElement()
                .satisfies(delay ->
                        assertThat(delay.age().plus(delay.left().orElseThrow())).isEqualTo(Duration.ofSeconds(1)));
        alive.countDown();
        assertThat(submitted.get()).isTrue();
        assertThat(delays.now()).isEmpty();
    }

    @Test
    void whoFindsTheQueueFullIsToldThatTheStoreIsBusy() throws Exception {
        hang();
        for (int i = 0; i < QUEUE; i++) {
            writer.submit(_ -> {});
        }
        assertThatThrownBy(() -> writer.submit(_ -> {}))
                .isInstanceOf(IOException.class)
                .hasMessage("the store has been busy for 1 seconds");
    }

    @Test
    void changesThatAreTakenInTimeAreNotGivenUp() throws Exception {
        for (int i = 0; i < 30; i++) {
            writer.write(batch -> {
                try {
                    Thread.sleep(50);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                batch.put(Table.BUILD, KEY, KEY);
            });
        }
        assertThat(database.get(Table.BUILD, KEY)).isPresent();
    }

    @Test
    void closedStoreTakesNoChange() {
        writer.close();
        assertThatThrownBy(() -> writer.write(_ -> {})).hasMessage("the store is closed");
    }
}
