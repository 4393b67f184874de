package org.buildengine.server.source;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.buildengine.server.registry.Inquiry;
import org.buildengine.server.registry.RegistryCredentials;
import org.buildengine.snapshotter.Digest;
import org.buildengine.snapshotter.StoredResult;
import org.buildengine.solver.waiting.Awaited;
import org.buildengine.solver.waiting.Party;

/**
 * The downloads under way, one per layer and registry however many runs wait for it. A download belongs to all that wait for
 * it: it is given up when the last of them is gone. Who comes after that starts a new one. A registry that hangs keeps
 * nobody waiting who asked another one. Safe for several threads.
 */
final class LayerDownloads {
    private static final Duration GIVE_UP = Duration.ofSeconds(10);

    /** Fetches a layer with the logins of those who wait for it, and says of whom; ended by an interrupt. */
    interface Download {
        StoredResult fetch(Inquiry inquiry, RegistryCredentials logins) throws IOException, InterruptedException;
    }

    /** What is fetched from where. */
    record Wanted(Digest diffId, String registry) {}

    private final class Shared {
        private final Inquiry inquiry = new Inquiry();
        private final FutureTask<StoredResult> task;
        private final Thread thread;
        /** The logins of those who wait, the first first; guarded by the downloads. */
        private final List<RegistryCredentials> waiting = new ArrayList<>();

        Shared(Digest diffId, Download download) {
            task = new FutureTask<>(() -> download.fetch(inquiry, RegistryCredentials.anyOf(this::logins)));
            thread = Thread.ofVirtual()
                    .name("layer-" + diffId.hex().substring(0, 12))
                    .unstarted(task);
        }

        private List<RegistryCredentials> logins() {
            synchronized (LayerDownloads.this) {
                return List.copyOf(waiting);
            }
        }
    }

    private final Map<Wanted, Shared> running = new HashMap<>();

    /** The layer, from the download under way or from a new one; while it is awaited, the download may use {@code logins}. */
    StoredResult await(Wanted layer, RegistryCredentials logins, Download download)
            throws IOException, InterruptedException {
        Shared shared = join(layer, logins, download);
        try {
            return shared.task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                // A fresh exception per waiter: each adds its own way here.
                case IOException cause -> throw new IOException(cause.getMessage(), cause);
                case InterruptedException cause -> throw new IOException("the download was given up", cause);
                case RuntimeException cause -> throw new IllegalStateException(cause.getMessage(), cause);
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        } catch (CancellationException e) {
            throw new IOException("the download was given up", e);
        } finally {
            if (leave(layer, logins, shared)) {
                giveUp(shared);
            }
        }
    }

    /** Whom the download under way waits for; {@code registry} if there is none. */
    synchronized Awaited awaited(Wanted layer, Party registry) {
        Shared shared = running.get(layer);
        return shared == null ? Awaited.of(registry) : shared.inquiry.awaited(registry);
    }

    /** Ends a download that nobody waits for, and waits until it has let go of everything. */
    private static void giveUp(Shared shared) {
        shared.task.cancel(true);
        boolean interrupted = false;
        long deadline = System.nanoTime() + GIVE_UP.toNanos();
        while (shared.thread.isAlive() && System.nanoTime() < deadline) {
            try {
                shared.thread.join(GIVE_UP);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Shared join(Wanted layer, RegistryCredentials logins, Download download) {
        Shared shared = running.get(layer);
        if (shared == null || shared.task.isDone()) {
            shared = new Shared(layer.diffId(), download);
            running.put(layer, shared);
            shared.thread.start();
        }
        shared.waiting.add(logins);
        return shared;
    }

    /** Whether nobody is left who waits for it. */
    private synchronized boolean leave(Wanted layer, RegistryCredentials logins, Shared shared) {
        shared.waiting.remove(logins);
        if (shared.waiting.isEmpty()) {
            running.remove(layer, shared);
        }
        return shared.waiting.isEmpty();
    }
}
