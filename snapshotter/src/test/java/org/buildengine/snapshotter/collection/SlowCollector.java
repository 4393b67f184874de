package org.buildengine.snapshotter.collection;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.buildengine.snapshotter.CacheCollector;
import org.buildengine.snapshotter.CachePolicy;

/** Finds nothing to remove, and says so when it may. */
record SlowCollector(CountDownLatch may) implements CacheCollector {
    /** Waits; who is interrupted goes on. */
    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Usage usage() {
        return new Usage(List.of(), 0);
    }

    @Override
    public Pruned prune(List<CachePolicy> policies) {
        await(may);
        return new Pruned(List.of(), 0);
    }

    @Override
    public Pruned plan(List<CachePolicy> policies) {
        return new Pruned(List.of(), 0);
    }
}
