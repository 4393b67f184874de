package org.buildengine.session.leaks;

import io.netty.buffer.ByteBufAllocator;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a class of tests after which Netty finds buffers that nobody released. Registered for all tests of all modules that
 * have this class on their path; what leaks in the background is blamed on whatever class ends next.
 */
public final class NoLeakedBuffers implements AfterAllCallback {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        if (!Leaks.areWatched()) {
            return;
        }
        collectGarbage();
        // Netty looks for buffers that were collected unreleased when it hands out the next one.
        ByteBufAllocator.DEFAULT.buffer(1).release();
        List<String> leaks = Leaks.take();
        if (!leaks.isEmpty()) {
            throw new AssertionError(leaks.size() + " leaked, the first is a " + leaks.getFirst());
        }
    }

    /** Returns when a whole collection has happened, and the collector had time to say what it found. */
    private static void collectGarbage() throws InterruptedException {
        for (int round = 0; round < 2; round++) {
            var canary = new WeakReference<>(new Object());
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (canary.get() != null && System.nanoTime() < deadline) {
                System.gc();
                Thread.sleep(Duration.ofMillis(5));
            }
        }
    }
}
