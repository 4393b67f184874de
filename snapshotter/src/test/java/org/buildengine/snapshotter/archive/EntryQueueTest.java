package org.buildengine.snapshotter.archive;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.buildengine.snapshotter.Attributes;
import org.buildengine.snapshotter.LayerWriter;
import org.buildengine.snapshotter.tree.DraftTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class EntryQueueTest {
    private static LayerWriter failingOnce(Error failure) {
        var calls = new AtomicInteger();
        return (LayerWriter) Proxy.newProxyInstance(
                LayerWriter.class.getClassLoader(), new Class<?>[] {LayerWriter.class}, (_, _, _) -> {
                    if (calls.getAndIncrement() == 0) {
                        throw failure;
                    }
                    return null;
                });
    }

    @Test
    @Timeout(60)
    void whatEndsTheSecondThreadEndsTheImportAndNoEntryIsPassedOver() throws Exception {
        var failure = new OutOfMemoryError("tested");
        var unpacker = new EntryUnpacker(failingOnce(failure), new DraftTree());
        var directory = new TarEntry("d", '5', Attributes.ofMode(0755), 0, "", 0, 0);
        try (var queue = new EntryQueue(unpacker)) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            queue.add(directory);
                        }
                        queue.finish();
                    })
                    .isSameAs(failure);
        }
    }
}
