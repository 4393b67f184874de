package org.buildengine.snapshotter.mount;

import java.io.Closeable;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.buildengine.snapshotter.LayerId;

/**
 * Writes groups of layers as one in the background, one after the other. Until that is done a mount takes the layers of a group one by
 * one, so that it waits only if the kernel would not take so many. Safe for use by several threads that may make native calls.
 */
final class Flattening implements Closeable {
    private static final System.Logger LOG = System.getLogger(Flattening.class.getName());

    /** Of more groups than this the next mount reminds. */
    private static final int QUEUE = 64;

    /** So many are kept for the next mount, the latest. */
    private static final int KEPT = 32;

    private static final long CLOSING_SECONDS = 30;

    private final Shared<List<LayerId>, Lowers.Lower> lowers;
    private final Set<List<LayerId>> wanted = ConcurrentHashMap.newKeySet();

    /** The longest kept first; its own monitor guards it. */
    private final SequencedMap<List<LayerId>, Closeable> kept = new LinkedHashMap<>();

    private final ThreadPoolExecutor thread = new ThreadPoolExecutor(
            0,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(2 * QUEUE),
            Thread.ofPlatform().name("flattening").daemon().factory(),
            new DiscardPolicy());

    Flattening(Shared<List<LayerId>, Lowers.Lower> lowers) {
        this.lowers = lowers;
    }

    /**
     * What is to be mounted now for these groups: the groups themselves as far as they are written, and of the others, which are
     * going to be, the parts.
     *
     * @param most how many the kernel takes; if the parts are more, it is the groups, whether they are written or not
     */
    List<List<LayerId>> parts(List<List<LayerId>> groups, int most) {
        var parts = new ArrayList<List<LayerId>>();
        groups.forEach(group -> split(group, parts));
        if (parts.size() > most) {
            return groups;
        }
        groups.stream().filter(group -> !isWritten(group)).forEach(this::want);
        return parts;
    }

    private boolean isWritten(List<LayerId> group) {
        return group.size() == 1 || lowers.has(group);
    }

    private void split(List<LayerId> group, List<List<LayerId>> parts) {
        if (isWritten(group)) {
            parts.add(List.copyOf(group));
        } else {
            split(group.subList(0, group.size() / 2), parts);
            split(group.subList(group.size() / 2, group.size()), parts);
        }
    }

    private void want(List<LayerId> group) {
        if (wanted.size() < QUEUE && wanted.add(group)) {
            thread.execute(() -> write(group));
        }
    }

    private void write(List<LayerId> group) {
        try {
            Closeable use = lowers.use(group);
            // whose layers went meanwhile, nobody mounts any more
            Closeable unneeded = wanted.remove(group) ? keep(group, use) : use;
            unneeded.close();
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.DEBUG, group.size() + " layers are not written as one", e);
        } finally {
            wanted.remove(group);
        }
    }

    /** Keeps a group, and gives back the one that is to go for it. */
    private Closeable keep(List<LayerId> group, Closeable use) {
        synchronized (kept) {
            Closeable before = kept.put(group, use);
            if (before != null) {
                return before;
            }
            return kept.size() > KEPT ? kept.pollFirstEntry().getValue() : () -> {};
        }
    }

    /** Keeps none of those groups any more, nor those that are being written. */
    void forget(Predicate<List<LayerId>> which) throws IOException {
        wanted.removeIf(which);
        var gone = new ArrayList<Closeable>();
        synchronized (kept) {
            for (List<LayerId> group : kept.keySet().stream().filter(which).toList()) {
                gone.add(kept.remove(group));
            }
        }
        for (Closeable use : gone) {
            use.close();
        }
    }

    /** Gives up what waits, waits for what is being written, and keeps nothing any more. */
    @Override
    public void close() throws IOException {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("layers are being written as one for more than " + CLOSING_SECONDS + " seconds");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        forget(_ -> true);
    }
}
