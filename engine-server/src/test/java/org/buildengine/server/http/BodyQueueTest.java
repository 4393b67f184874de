package org.buildengine.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BodyQueueTest {
    private static final int WINDOW = 1000;

    /** What the queue wants done about its pause, as an event loop would have it: later, and in order. */
    private final Deque<Runnable> loop = new ArrayDeque<>();

    private boolean emptied;
    private boolean paused;
    private final BodyQueue queue = new BodyQueue(WINDOW, Duration.ofSeconds(10), this::pauseChanged);

    private void pauseChanged() {
        if (!emptied) {
            emptied = true;
            empty();
        }
        loop.add(() -> paused = queue.wantsPause());
    }

    private void empty() {
        try {
            queue.readNBytes(WINDOW + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void offer(int bytes) {
        queue.offer(Unpooled.wrappedBuffer(new byte[bytes]), false);
    }

    private void runLoop() {
        while (!loop.isEmpty()) {
            loop.remove().run();
        }
    }

    /** As an HTTP/2 request hung that was read just when it had become too much. */
    @Test
    void readerThatIsQuickerThanThePauseLeavesNoPauseBehind() {
        offer(WINDOW + 1);
        runLoop();
        assertThat(queue.wantsPause()).isFalse();
        assertThat(paused).as("what was applied last").isFalse();
    }

    @Test
    void fullQueueWantsAPauseUntilHalfOfTheWindowIsRead() throws Exception {
        emptied = true;
        offer(WINDOW);
        runLoop();
        assertThat(paused).isFalse();
        offer(1);
        runLoop();
        assertThat(paused).isTrue();
        queue.readNBytes(WINDOW / 2);
        runLoop();
        assertThat(paused).isTrue();
        queue.readNBytes(1);
        runLoop();
        assertThat(paused).isFalse();
    }

    @Test
    void whatIsThrownAwayNeedsNoPause() throws Exception {
        emptied = true;
        offer(WINDOW + 1);
        runLoop();
        assertThat(paused).isTrue();
        assertThat(queue.discard(Duration.ofMillis(1))).isFalse();
        runLoop();
        assertThat(paused).isFalse();
    }
}
