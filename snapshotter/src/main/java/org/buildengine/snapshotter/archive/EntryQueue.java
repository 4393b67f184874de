package org.buildengine.snapshotter.archive;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import org.buildengine.snapshotter.pipeline.Stage;

/**
 * Entries of an archive on their way from the thread that reads them to the {@link Stage} that unpacks them, in their order.
 * Used by one thread, the reading one, which alone waits for anything but the disk.
 */
final class EntryQueue implements Closeable {
    private static final int BATCH_BYTES = 256 * 1024;
    private static final int BATCH_ENTRIES = 1024;

    private final EntryUnpacker unpacker;
    private final Stage<Batch> stage = new Stage<>("layer-import", Batch::new, this::unpack);

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
        if (stage.buffer().isFull()) {
            stage.handOver();
        }
        Batch batch = stage.buffer();
        batch.starts[batch.entries.size()] = batch.used;
        batch.entries.add(entry);
    }

    /** Adds some of the content that is left of the entry. */
    void addContent(TarReader tar) throws IOException {
        if (stage.buffer().used == BATCH_BYTES) {
            stage.handOver();
        }
        Batch batch = stage.buffer();
        batch.used += tar.read(batch.bytes, batch.used, BATCH_BYTES - batch.used);
    }

    private void unpack(Batch full) throws IOException {
        int count = full.entries.size();
        content(full, 0, count == 0 ? full.used : full.starts[0]);
        for (int i = 0; i < count; i++) {
            unpacker.begin(full.entries.get(i));
            content(full, full.starts[i], i + 1 == count ? full.used : full.starts[i + 1]);
        }
        full.clear();
    }

    private void content(Batch full, int from, int to) throws IOException {
        if (to > from) {
            unpacker.content(full.bytes, from, to - from);
        }
    }

    /** Waits until all is unpacked that was added. */
    void finish() throws IOException {
        stage.finish();
    }

    /**
     * The same, when adding or reading has failed: if an entry that came before cannot be unpacked, that is thrown, whoever
     * was faster.
     */
    void finishAfter(IOException failed) throws IOException {
        if (failed instanceof InterruptedIOException || stage.failedWith(failed)) {
            return;
        }
        try {
            finish();
        } catch (IOException e) {
            e.addSuppressed(failed);
            throw e;
        }
    }

    /** Waits until nothing is unpacked any more. */
    @Override
    public void close() {
        stage.close();
    }
}
