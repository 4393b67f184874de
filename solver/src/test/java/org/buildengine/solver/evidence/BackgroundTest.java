package org.buildengine.solver.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever adds a task to a full queue cannot be interrupted, so a thread of its own shows that it waits. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BackgroundTest {
    @Test
    void whatIsQueuedIsDoneInOrderThoughSomeOfItFails() throws Exception {
        var done = new ArrayList<Integer>();
        try (var background = new Background("test", Background.USUAL, Duration.ZERO, 1, () -> {})) {
            background.add(() -> done.add(1));
            background.add(() -> {
                throw new IOException("on purpose");
            });
            background.add(() -> {
                throw new IllegalStateException("on purpose");
            });
            background.add(() -> {
                throw new StackOverflowError("on purpose");
            });
            background.add(() -> done.add(2));
            background.settle();
        }
        assertThat(done).isEqualTo(List.of(1, 2));
    }

    @Test
    void whoWaitsTooLongForWhatIsQueuedIsTold() throws Exception {
        var disk = new CountDownLatch(1);
        try (var background = new Background("test", Duration.ofSeconds(1), Duration.ZERO, 1, () -> {})) {
            background.add(() -> await(disk));
            assertThatThrownBy(background::settle)
                    .isInstanceOf(IOException.class)
                    .hasMessage("the evidence of builds is still being written after 1 s");
            disk.countDown();
            background.settle();
        }
    }

    @Test
    void whoWaitsIsToldThatWhatIsToBeDoneAfterTasksFails() throws Exception {
        Background.Task after = () -> {
            throw new IOException("no space left on device");
        };
        try (var background = new Background("test", Background.USUAL, Duration.ZERO, 1, after)) {
            assertThatThrownBy(background::settle)
                    .isInstanceOf(IOException.class)
                    .hasMessage("the evidence of builds cannot be written: no space left on device");
        }
    }

    @Test
    void whatIsToBeDoneAfterTasksIsDoneForManyAtOnceAndBeforeAnybodyGoesOn() throws Exception {
        var done = new CopyOnWriteArrayList<String>();
        var disk = new CountDownLatch(1);
        try (var background = new Background("test", Background.USUAL, Duration.ZERO, 3, () -> done.add("after"))) {
            background.add(() -> await(disk));
            for (int i = 1; i <= 4; i++) {
                String task = Integer.toString(i);
                background.add(() -> done.add(task));
            }
            disk.countDown();
            background.settle();
            assertThat(done).startsWith("1", "2", "after", "3", "4", "after");
        }
    }

    @Test
    void whatIsQueuedIsDoneTogetherAMomentLaterUnlessSomebodyWaits() throws Exception {
        var done = new CopyOnWriteArrayList<String>();
        try (var background =
                new Background("test", Background.USUAL, Duration.ofHours(1), 3, () -> done.add("after"))) {
            background.add(() -> done.add("1"));
            background.add(() -> done.add("2"));
            Thread.sleep(200); // the thread could have begun
            assertThat(done).isEmpty();
            background.settle();
            assertThat(done).startsWith("1", "2");
        }
        var gathering = Duration.ofMillis(50);
        var all = new CountDownLatch(2);
        try (var background = new Background("test", Background.USUAL, gathering, 3, () -> {})) {
            background.add(all::countDown);
            background.add(all::countDown);
            await(all);
        }
    }

    @Test
    void muchIsDoneAtOnce() throws Exception {
        var all = new CountDownLatch(10_000);
        try (var background = new Background("test", Background.USUAL, Duration.ofHours(1), 64, () -> {})) {
            for (int i = 0; i < 10_000; i++) {
                background.add(all::countDown);
            }
            background.hurry();
            await(all);
        }
    }

    private static void await(CountDownLatch disk) throws IOException {
        try {
            if (!disk.await(20, TimeUnit.SECONDS)) {
                throw new IOException("the test ended without this");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }
}
