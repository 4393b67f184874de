package org.buildengine.snapshotter.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.Waiter;
import org.buildengine.snapshotter.delay.Delays;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.store.StoreWriter.Change;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What those who change the store are told while it takes no change, as when its device does not answer. */
@Timeout(60)
class StoreWriterTest {
    private static final byte[] KEY = {1};
    private static final byte[] OTHER = {2};
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

    /** A wait for the store cannot be interrupted, so it is another thread's. */
    private CompletableFuture<Void> write(Change change) {
        var written = new CompletableFuture<Void>();
        Thread.ofVirtual().start(() -> {
            try {
                writer.write(change);
                written.complete(null);
            } catch (IOException e) {
                written.completeExceptionally(e);
            }
        });
        return written;
    }

    @Test
    void whoWaitsForAChangeIsToldThatTheDeviceHangs() throws Exception {
        hang();
        CompletableFuture<Void> written = write(batch -> batch.put(Table.BUILD, KEY, KEY));
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
    void errorOfAChangeIsItsOwnOnly() throws Exception {
        hang();
        var taken = new AtomicInteger();
        CompletableFuture<Void> wrong = write(batch -> {
            taken.incrementAndGet();
            batch.ifLost(taken::decrementAndGet);
            batch.put(Table.BUILD, KEY, KEY);
            throw new NoClassDefFoundError("the jar was replaced");
        });
        CompletableFuture<Void> right = write(batch -> batch.put(Table.BUILD, OTHER, OTHER));
        alive.countDown();
        assertThatThrownBy(() -> wrong.get(20, TimeUnit.SECONDS))
                .cause()
                .isInstanceOf(IOException.class)
                .hasMessage("the jar was replaced")
                .hasCauseInstanceOf(NoClassDefFoundError.class);
        right.get(20, TimeUnit.SECONDS);
        assertThat(taken).hasValue(0);
        assertThat(database.get(Table.BUILD, KEY)).isEmpty();
        assertThat(database.get(Table.BUILD, OTHER)).isPresent();
    }

    @Test
    void errorBeforeABatchIsWrittenFailsAndTakesBackAllOfIt() throws Exception {
        var taken = new AtomicInteger();
        Change change = batch -> {
            taken.incrementAndGet();
            batch.ifLost(taken::decrementAndGet);
            batch.put(Table.BUILD, KEY, KEY);
        };
        failAt(WritePoint.BATCH_MADE, change);
        assertThat(taken).hasValue(0);
        assertThat(database.get(Table.BUILD, KEY)).isEmpty();
        write(change).get(20, TimeUnit.SECONDS);
        assertThat(database.get(Table.BUILD, KEY)).isPresent();
    }

    @Test
    void errorAfterABatchIsWrittenTakesNothingBack() throws Exception {
        var taken = new AtomicInteger();
        failAt(WritePoint.BATCH_WRITTEN, batch -> {
            taken.incrementAndGet();
            batch.ifLost(taken::decrementAndGet);
            batch.put(Table.BUILD, KEY, KEY);
        });
        assertThat(taken).hasValue(1);
        assertThat(database.get(Table.BUILD, KEY)).isPresent();
        write(_ -> {}).get(20, TimeUnit.SECONDS);
    }

    @Test
    void changeThatCannotBeTakenBackIsTheLast() throws Exception {
        hang();
        var waiting = new ArrayList<CompletableFuture<Void>>();
        for (int i = 0; i < QUEUE; i++) { // more than one batch
            waiting.add(write(batch -> {
                batch.ifLost(() -> {
                    throw new StackOverflowError("on purpose");
                });
                throw new IOException("the change failed");
            }));
        }
        alive.countDown();
        for (CompletableFuture<Void> each : waiting) {
            assertThatThrownBy(() -> each.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> writer.write(_ -> {}))
                .hasMessage("the store takes no changes any more, because its writer failed"
                        + " (java.lang.StackOverflowError: on purpose); start the engine again");
    }

    @Test
    void batchThatCannotBeTakenBackIsTheLast() throws Exception {
        failAt(WritePoint.BATCH_MADE, batch -> {
            batch.ifLost(() -> {
                throw new StackOverflowError("on purpose");
            });
            batch.put(Table.BUILD, KEY, KEY);
        });
        assertThatThrownBy(() -> writer.write(_ -> {}))
                .hasMessageContaining("because its writer failed (java.lang.StackOverflowError: on purpose)");
    }

    private void failAt(WritePoint place, Change change) {
        WritePoint.listen(point -> {
            if (point == place) {
                throw new NoClassDefFoundError("the jar was replaced");
            }
        });
        try {
            assertThatThrownBy(() -> write(change).get(20, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOf(IOException.class)
                    .hasMessage("the jar was replaced");
        } finally {
            WritePoint.listen(_ -> {});
        }
    }

    @Test
    void closedStoreTakesNoChange() {
        writer.close();
        assertThatThrownBy(() -> writer.write(_ -> {})).hasMessage("the store is closed");
    }
}
