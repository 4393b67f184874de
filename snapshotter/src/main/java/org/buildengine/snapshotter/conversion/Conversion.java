package org.buildengine.snapshotter.conversion;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.buildengine.snapshotter.LayerId;
import org.buildengine.snapshotter.collection.Headroom;
import org.buildengine.snapshotter.layer.LayerCatalog;
import org.buildengine.snapshotter.layer.Layers;
import org.buildengine.snapshotter.layer.Pace;
import org.buildengine.snapshotter.linux.DiskPriority;
import org.buildengine.snapshotter.linux.DiskWrites;
import org.buildengine.snapshotter.linux.Errno;
import org.buildengine.snapshotter.linux.LinuxException;
import org.buildengine.snapshotter.mount.Mounter;
import org.buildengine.snapshotter.store.LayerReplacement;
import org.buildengine.snapshotter.store.Store;

/**
 * Makes images of directories, one at a time, while nothing else is going on. Nobody waits for it: as soon as somebody begins to
 * write it stops before the next file, and goes on when there is quiet again. Its thread has the lowest priority at the disk; at
 * the processor it has that of all others, since a collection of the heap would wait for a thread that is not let run.
 */
public final class Conversion implements Closeable {
    private static final System.Logger LOG = System.getLogger(Conversion.class.getName());

    /** An image that is half made takes space, so it is not kept for longer than this while others work. */
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private static final long PAUSE_SECONDS = 1;
    private static final long CLOSING_SECONDS = 2;

    /** After how many files it is looked whether the disk is needed. */
    private static final int SPACE_CHECKS = 64;

    private final Store store;
    private final Layers layers;
    private final Mounter mounter;
    private final Headroom headroom;
    private final ConversionRules rules;
    private final InstantSource clock;
    private final Thread thread;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Nothing takes the place of anything after the end, when the root may belong to another process. */
    private final ReentrantLock placing = new ReentrantLock();

    /** The layers of which nothing more is to be found out. Used by the thread alone. */
    private final Set<LayerId> settled = new HashSet<>();

    /** Begins to look for layers of {@code store}. */
    public Conversion(
            Store store,
            Layers layers,
            Mounter mounter,
            Headroom headroom,
            ConversionRules rules,
            InstantSource clock) {
        this.store = store;
        this.layers = layers;
        this.mounter = mounter;
        this.headroom = headroom;
        this.rules = rules;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("conversion").daemon().start(this::run);
    }

    /**
     * Makes an image of a layer that is a directory, whatever the rules say. What is mounted of the directory stays until nobody
     * uses it. Platform threads only.
     *
     * @return whether it is an image now; not if it was removed meanwhile, or the snapshotter closed
     * @throws InterruptedIOException if {@code pace} gave it up
     * @throws IOException if it cannot be made; the directory stays then
     */
    public boolean convert(LayerId layer, Pace pace) throws IOException {
        try (LayerReplacement image = store.replace(layer)) {
            layers.writeImage(layer, image.directory(), pace);
            image.synchronise();
            if (!takePlace(image)) {
                return false;
            }
            image.settle();
            mounter.replaced(layer, image::retire);
            return true;
        }
    }

    private boolean takePlace(LayerReplacement image) throws IOException {
        placing.lock();
        try {
            return !isClosed() && image.takePlace();
        } finally {
            placing.unlock();
        }
    }

    private void run() {
        DiskPriority.idle();
        try {
            while (!closed.await(rules.looks().toMillis(), TimeUnit.MILLISECONDS)) {
                look();
            }
        } catch (IOException e) {
            LOG.log(Level.INFO, "layers of executions stay directories: {0}", e.getMessage());
        } catch (InterruptedException e) {
            // nobody interrupts this thread but to end it
        }
    }

    /** Converts what is due, as long as there is quiet. */
    private void look() throws IOException {
        settled.retainAll(store.layers().kept());
        for (LayerId layer : store.layers().kept()) {
            if (isClosed() || !headroom.quiet(rules.quiet())) {
                return;
            }
            if (!settled.contains(layer)) {
                consider(layer);
            }
        }
    }

    private void consider(LayerId layer) throws IOException {
        try {
            Path directory = store.layers().directory(layer);
            if (!Files.exists(directory.resolve(LayerCatalog.FILES))) {
                settled.add(layer);
                return;
            }
            Instant made = Files.getLastModifiedTime(directory).toInstant();
            if (Duration.between(made, clock.instant()).compareTo(rules.rest()) < 0) {
                return;
            }
            long files = layers.contentFiles(layer);
            if (!rules.worth(files, layers.contentBytes(layer))) {
                settled.add(layer);
            } else if (headroom.spare(store.layerBytes(layer))) {
                convert(layer, new Background(layer));
            }
        } catch (InterruptedIOException | NoSuchFileException e) {
            LOG.log(Level.DEBUG, "layer " + layer + " stays a directory for now", e);
        } catch (IOException e) {
            refused(layer, e);
        }
    }

    private void refused(LayerId layer, IOException e) throws IOException {
        if (e instanceof LinuxException call && (call.errno() == Errno.EINVAL || call.errno() == Errno.ENOSYS)) {
            throw e;
        }
        if (!DiskWrites.full(e) && store.layers().has(layer)) {
            settled.add(layer);
            LOG.log(Level.WARNING, "layer " + layer + " stays a directory", e);
        }
    }

    private boolean isClosed() {
        return closed.getCount() == 0;
    }

    /** Goes on while there is quiet. */
    private final class Background implements Pace {
        private final LayerId layer;
        private int files;

        Background(LayerId layer) {
            this.layer = layer;
        }

        @Override
        public void next() throws IOException {
            long began = System.nanoTime();
            while (!givenUp() && !headroom.quiet(rules.quiet())) {
                if (System.nanoTime() - began > LONGEST_PAUSE.toNanos()) {
                    throw new InterruptedIOException("others have been working for too long");
                }
                pause();
            }
            if (givenUp()) {
                throw new InterruptedIOException("nobody needs layer " + layer + " any more");
            }
            if (++files % SPACE_CHECKS == 0 && !headroom.spare(0)) {
                throw new InterruptedIOException("the disk is needed for something else");
            }
        }

        private void pause() throws IOException {
            try {
                closed.await(PAUSE_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new InterruptedIOException("interrupted");
            }
        }

        @Override
        public boolean givenUp() {
            return isClosed() || !store.layers().has(layer);
        }
    }

    /** Stops before the next piece of a file; waits no longer than for that. */
    @Override
    public void close() {
        placing.lock();
        try {
            closed.countDown();
        } finally {
            placing.unlock();
        }
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSING_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
