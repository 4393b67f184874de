package org.buildengine.snapshotter.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Entries of an archive on their way from the thread that reads them to another that unpacks them, in their order. The second
 * one is started when there is a batch for it; an archive that is smaller is unpacked by the first. At most a few batches wait.
 * Used by one thread, the reading one, which alone waits for anything but the disk.
 */
final class EntryQueue implements Closeable {
    private static final int BATCH_BYTES = 256 * 1024;
    private static final int BATCH_ENTRIES = 1024;
    private static final int BATCHES = 4;

    private final EntryUnpacker unpacker;
    private final BlockingQueue<Batch> free = new ArrayBlockingQueue<>(BATCHES);
    private Batch batch = new Batch();
    private int made = 1;
    private @Nullable ExecutorService thread;

    /** What the second thread met; it does nothing any more then. */
    private volatile @Nullable Throwable failure;

    /** Entries with their contents, which follow each other in one array. The first bytes may belong to an entry of an earlier batch. */
    private static final class Batch {
        final byte[] bytes = new byte[BATCH_BYTES];
        final List<TarEntry> entries = new ArrayList<>();
        final int[] starts = new int[BATCH_ENTRIES];
        int used;

        boolean isFull() {
            return used == BATCH_BYTES || entries.size() == BATCH_ENTRIES;
        }

        void clear() {
            entries.clear();
            used = 0;
        }
    }

    EntryQueue(EntryUnpacker unpacker) {
        this.unpacker = unpacker;
    }

    /** Adds an entry, whose content follows. */
    void add(TarEntry entry) throws IOException {
        if (batch.isFull()) {
            handOver();
        }
        batch.starts[batch.entries.size()] = batch.used;
        batch.entries.add(entry);
    }

    /** Adds some of the content that is left of the entry. */
    void addContent(TarReader tar) throws IOException {
        if (batch.used == BATCH_BYTES) {
            handOver();
        }
        batch.used += tar.read(batch.bytes, batch.used, BATCH_BYTES - batch.used);
    }

    private void handOver() throws IOException {
        rethrow();
        if (thread == null) {
            thread = Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("layer-import").daemon().factory());
        }
        Batch full = batch;
        thread.execute(() -> {
            unpackUnlessFailed(full);
            full.clear();
            free.add(full);
        });
        batch = nextBatch();
    }

    private Batch nextBatch() throws IOException {
        Batch done = free.poll();
        if (done != null) {
            return done;
        }
        if (made < BATCHES) {
            made++;
            return new Batch();
        }
        try {
            return free.take();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private static InterruptedIOException interrupted() {
        Thread.currentThread().interrupt();
        return new InterruptedIOException("interrupted while unpacking an archive");
    }

    private void unpackUnlessFailed(Batch full) {
        if (failure != null) {
            return;
        }
        try {
            unpack(full);
        } catch (IOException | RuntimeException | Error e) {
            // whatever it is: an entry that was passed over would be missing from the layer
            failure = e;
        }
    }

    private void unpack(Batch full) throws IOException {
        int count = full.entries.size();
        content(full, 0, count == 0 ? full.used : full.starts[0]);
        for (int i = 0; i < count; i++) {
            unpacker.begin(full.entries.get(i));
            content(full, full.starts[i], i + 1 == count ? full.used : full.starts[i + 1]);
        }
    }

    private void content(Batch full, int from, int to) throws IOException {
        if (to > from) {
            unpacker.content(full.bytes, from, to - from);
        }
    }

    private void rethrow() throws IOException {
        switch (failure) {
            case null -> {}
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException("nothing else is thrown there", e);
        }
    }

    /** Waits until all is unpacked that was added. */
    void finish() throws IOException {
        Batch last = batch;
        if (thread == null) {
            unpack(last);
            return;
        }
        Future<?> done = thread.submit(() -> unpackUnlessFailed(last));
        try {
            done.get();
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a failure is kept elsewhere", e);
        }
        rethrow();
    }

    /**
     * The same, when adding or reading has failed: if an entry that came before cannot be unpacked, that is thrown, whoever
     * was faster.
     */
    void finishAfter(IOException failed) throws IOException {
        if (failed instanceof InterruptedIOException || failed.equals(failure)) {
            return;
        }
        try {
            finish();
        } catch (IOException e) {
            e.addSuppressed(failed);
            throw e;
        }
    }

    /** Waits until the second thread has ended. */
    @Override
    public void close() {
        if (thread != null) {
            thread.close();
        }
    }
}
