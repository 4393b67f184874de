package org.buildengine.snapshotter.layer;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.linux.Descriptor;
import org.buildengine.snapshotter.linux.FileScan;
import org.buildengine.snapshotter.linux.FileStatus;
import org.buildengine.snapshotter.tree.DraftTree;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files of an upper directory while their names are still being listed: by one thread for each processor, or by
 * the thread that lists if they are few. Used by one platform thread.
 */
final class UpperContents implements Closeable {
    private static final int PART = 64;
    private static final int WORTH_THREADS = 32;

    private final Descriptor top;
    private final BooleanSupplier givenUp;
    private final List<FutureTask<List<Content>>> parts = new ArrayList<>();
    private int files;
    private @Nullable ExecutorService readers;

    /** A file that was listed. */
    record Listed(int node, String name, FileStatus status) {}

    private record Content(Listed file, Digest digest, Map<String, byte[]> xattrs) {}

    UpperContents(Descriptor top, BooleanSupplier givenUp) {
        this.top = top;
        this.givenUp = givenUp;
    }

    /** Has the files of a directory read, sooner or later. */
    void read(String directory, List<Listed> listed) {
        files += listed.size();
        for (int from = 0; from < listed.size(); from += PART) {
            List<Listed> part = listed.subList(from, Math.min(listed.size(), from + PART));
            var task = new FutureTask<>(() -> contents(directory, part));
            parts.add(task);
            if (readers != null) {
                readers.execute(task);
            }
        }
        if (readers == null && files >= WORTH_THREADS) {
            ExecutorService started = Executors.newFixedThreadPool(
                    Runtime.getRuntime().availableProcessors(),
                    Thread.ofPlatform().name("upper-contents-", 0).daemon().factory());
            parts.forEach(started::execute);
            readers = started;
        }
    }

    private List<Content> contents(String directory, List<Listed> listed) throws IOException {
        var contents = new ArrayList<Content>(listed.size());
        MessageDigest sha = Digest.sha256();
        try (var scan = new FileScan(givenUp);
                Descriptor here = top.directoryBelow(directory)) {
            for (Listed file : listed) {
                Map<String, byte[]> xattrs =
                        scan.read(here, file.name(), file.status().size(), sha::update);
                contents.add(new Content(file, Digest.finish(sha), xattrs));
            }
        }
        return contents;
    }

    /**
     * Waits for all files and puts what they hold, and their attributes, into {@code draft}.
     *
     * @throws InterruptedIOException if that was given up
     */
    void finish(DraftTree draft) throws IOException {
        try {
            for (FutureTask<List<Content>> part : parts) {
                if (readers == null) {
                    part.run();
                }
                for (Content content : part.get()) {
                    Listed file = content.file();
                    FileStatus status = file.status();
                    draft.size(file.node(), status.size());
                    draft.content(file.node(), content.digest().toBytes(), 0, 0, status.inode());
                    UpperScan.attributes(draft, file.node(), status, content.xattrs(), file.name());
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InterruptedIOException given) {
                throw given;
            }
            throw new IOException("cannot read what the execution left: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while reading what the execution left", e);
        }
    }

    /** Ends the threads, after what they are at; nothing reads below the upper directory any more then. */
    @Override
    public void close() {
        if (readers != null) {
            parts.forEach(part -> part.cancel(false));
            readers.close();
        }
    }
}
