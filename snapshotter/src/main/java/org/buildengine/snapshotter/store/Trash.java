package org.buildengine.snapshotter.store;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.fault.WritePoint;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.linux.LinuxFiles;
import org.buildengine.snapshotter.linux.NativeThreads;
import org.buildengine.snapshotter.linux.TreeRemoval;

/**
 * Removes trees without making anybody wait for it: discarding is one rename, a thread in the background unlinks. What
 * it does not get to before the process ends it finds again at the next start.
 */
public final class Trash implements Closeable {
    private static final System.Logger LOG = System.getLogger(Trash.class.getName());

    private final Path directory;
    private final Map<String, Runnable> whenUnlinked = new ConcurrentHashMap<>();
    private final ReentrantLock emptying = new ReentrantLock();
    private final Semaphore work = new Semaphore(1);
    private final Thread thread;
    private volatile boolean closed;

    Trash(Path directory) {
        this.directory = directory;
        this.thread = Thread.ofPlatform().name("trash").daemon().start(this::run);
    }

    /** Takes what is at {@code path} away at once; nothing happens if there is nothing. For any thread. */
    public void discard(Path path) throws IOException {
        discard(path, () -> {});
    }

    /** The same; {@code unlinked} is run when the space is free, unless the process ends before. */
    void discard(Path path, Runnable unlinked) throws IOException {
        String name = UUID.randomUUID().toString();
        whenUnlinked.put(name, unlinked);
        NativeThreads.run(() -> {
            try {
                LinuxFiles.rename(path.toString(), directory.resolve(name).toString());
            } catch (LinuxException e) {
                if (DiskWrites.full(e)) {
                    // even a name takes space, which only this can free
                    TreeRemoval.remove(path.toString());
                } else if (e.errno() != Errno.ENOENT) {
                    whenUnlinked.remove(name);
                    throw e;
                }
                gone(name);
            }
            return path;
        });
        WritePoint.TRASHED.reached();
        work.release();
    }

    /** Returns when the space of what was discarded before is free. Platform threads only. */
    public void settle() {
        empty();
    }

    private void run() {
        while (!closed) {
            try {
                if (work.tryAcquire(1, TimeUnit.MINUTES)) {
                    work.drainPermits();
                    empty();
                }
            } catch (InterruptedException e) {
                // Sent by close(): look at the flag.
            }
        }
    }

    /** One at a time; the lock is for this alone, and held while files are unlinked. */
    private void empty() {
        emptying.lock();
        try {
            unlinkAll();
        } finally {
            emptying.unlock();
        }
    }

    private void unlinkAll() {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (closed) {
                    return;
                }
                try {
                    TreeRemoval.remove(entry.toString());
                    gone(entry.getFileName().toString());
                    WritePoint.TRASH_UNLINKED.reached();
                } catch (IOException e) {
                    LOG.log(Level.WARNING, "something in the trash cannot be removed; it is tried again later", e);
                }
            }
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            LOG.log(Level.WARNING, "the trash at " + directory + " cannot be read", e);
        }
    }

    private void gone(String name) {
        Runnable waiting = whenUnlinked.remove(name);
        if (waiting != null) {
            waiting.run();
        }
    }

    /** Stops after the tree that is being removed, or after five seconds. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
