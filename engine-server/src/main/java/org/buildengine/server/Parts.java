package org.buildengine.server;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What hangs on a session or a client: one object per type, and things to be done at the end. Everything is released
 * once, the youngest first. What comes after the end is released at once. No lock is held while a part is made.
 */
final class Parts {
    private static final System.Logger LOG = System.getLogger(Parts.class.getName());

    /** Something to be done at the end, with a name for the log. */
    record Hook(String name, AutoCloseable action) {}

    private final String owner;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Class<?>, CompletableFuture<Object>> byType = new HashMap<>();
    private final Deque<Hook> hooks = new ArrayDeque<>();
    private boolean released;

    Parts(String owner) {
        this.owner = owner;
    }

    /** The part of this type, made by the first who asks; a maker that fails is asked again the next time. */
    <T> T part(Class<T> type, Supplier<? extends T> maker) {
        var mine = new CompletableFuture<Object>();
        CompletableFuture<Object> known = claim(type, mine);
        if (known != null) {
            return type.cast(await(known));
        }
        T made;
        try {
            made = maker.get();
        } catch (RuntimeException | Error e) {
            forget(type, mine);
            mine.completeExceptionally(e);
            throw e;
        }
        if (made instanceof AutoCloseable closeable && !add(type.getSimpleName(), closeable)) {
            run(new Hook(type.getSimpleName(), closeable));
            mine.completeExceptionally(ended(type));
            throw ended(type);
        }
        mine.complete(made);
        return made;
    }

    private @Nullable CompletableFuture<Object> claim(Class<?> type, CompletableFuture<Object> mine) {
        lock.lock();
        try {
            if (released) {
                throw ended(type);
            }
            return byType.putIfAbsent(type, mine);
        } finally {
            lock.unlock();
        }
    }

    private void forget(Class<?> type, CompletableFuture<Object> mine) {
        lock.lock();
        try {
            byType.remove(type, mine);
        } finally {
            lock.unlock();
        }
    }

    private static Object await(CompletableFuture<Object> part) {
        try {
            return part.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    private IllegalStateException ended(Class<?> type) {
        return new IllegalStateException(owner + " has ended, it has no " + type.getSimpleName() + " any more");
    }

    /** Adds something to be done at the end; false if the end has come already, then it is up to the caller. */
    boolean add(String name, AutoCloseable action) {
        lock.lock();
        try {
            if (!released) {
                hooks.push(new Hook(name, action));
            }
            return !released;
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #add}, but does it at once if the end has come. */
    void addOrRun(String name, AutoCloseable action) {
        if (!add(name, action)) {
            run(new Hook(name, action));
        }
    }

    /** Takes everything that is to be done, the youngest first. The second time there is nothing. */
    List<Hook> release() {
        lock.lock();
        try {
            released = true;
            var taken = new ArrayList<>(hooks);
            hooks.clear();
            byType.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** How much has not been released. */
    int size() {
        lock.lock();
        try {
            return hooks.size();
        } finally {
            lock.unlock();
        }
    }

    /** Does it; a failure is logged, and ends nothing else. */
    void run(Hook hook) {
        try {
            hook.action().close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LOG.log(System.Logger.Level.WARNING, "{0}: releasing {1} was cut short", owner, hook.name());
        } catch (Exception e) {
            LOG.log(System.Logger.Level.WARNING, owner + ": releasing " + hook.name() + " failed", e);
        }
    }
}
