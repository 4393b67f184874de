package org.buildengine.snapshotter.mount;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import org.buildengine.snapshotter.Delay;
import org.buildengine.snapshotter.delay.Delays;

/**
 * Things that are dear to make, by key: made once, used by many, counted, and kept for a while when nobody uses them.
 * Who asks while a thing is being made waits for it; if the making fails, all of them get the failure and the next one
 * tries again. Making and disposing happen outside of the lock. Safe for use by several platform threads.
 */
final class Shared<K, V> {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final Maker<K, V> maker;
    private final Disposer<V> disposer;
    private final Delays delays;
    private final Function<K, String> named;
    private final int idleLimit;
    private final Lock lock = new ReentrantLock();
    private final Map<K, Entry> entries = new HashMap<>();

    /** Entries without users, the longest idle first. Part of {@link #entries}. */
    private final Map<K, Entry> idle = new LinkedHashMap<>();

    /** Makes a thing. */
    @FunctionalInterface
    interface Maker<K, V> {
        V make(K key) throws IOException;
    }

    /** Ends a thing that nobody uses. */
    @FunctionalInterface
    interface Disposer<V> {
        void dispose(V value) throws IOException;
    }

    private final class Entry {
        private final CompletableFuture<V> made = new CompletableFuture<>();
        private int users = 1;

        /** Run when a retired entry has ended. */
        private Runnable ended = () -> {};
    }

    /** One use; closing twice gives it back once. */
    final class Use implements Closeable {
        private final K key;
        private final Entry entry;
        private final V value;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Use(K key, Entry entry, V value) {
            this.key = key;
            this.entry = entry;
            this.value = value;
        }

        V value() {
            return value;
        }

        @Override
        public void close() throws IOException {
            if (closed.compareAndSet(false, true)) {
                release(key, entry);
            }
        }
    }

    /**
     * None is there yet.
     *
     * @param delays where those who wait for another say so
     * @param named what a thing is, for them
     */
    Shared(int idleLimit, Maker<K, V> maker, Disposer<V> disposer, Delays delays, Function<K, String> named) {
        this.idleLimit = idleLimit;
        this.delays = delays;
        this.named = named;
        this.maker = maker;
        this.disposer = disposer;
    }

    /** One more use of the thing with this key, which is made if it is not there. */
    Use use(K key) throws IOException {
        Entry mine = null;
        Entry entry;
        lock.lock();
        try {
            entry = entries.get(key);
            if (entry == null) {
                mine = new Entry();
                entry = mine;
                entries.put(key, mine);
            } else {
                entry.users++;
                idle.remove(key);
            }
        } finally {
            lock.unlock();
        }
        if (mine != null) {
            make(key, mine);
        }
        return new Use(key, entry, await(key, entry));
    }

    /** Whether the thing with this key is there, and need not be waited for. */
    boolean has(K key) {
        lock.lock();
        try {
            Entry entry = entries.get(key);
            return entry != null && entry.made.state() == Future.State.SUCCESS;
        } finally {
            lock.unlock();
        }
    }

    private void make(K key, Entry entry) {
        try {
            entry.made.complete(maker.make(key));
        } catch (IOException | RuntimeException e) {
            Runnable ended;
            lock.lock();
            try {
                entries.remove(key, entry);
                ended = entry.ended;
            } finally {
                lock.unlock();
            }
            entry.made.completeExceptionally(e);
            ended.run();
        }
    }

    private V await(K key, Entry entry) throws IOException {
        if (entry.made.state() == Future.State.SUCCESS) {
            return entry.made.resultNow();
        }
        try (Delays.Waiting _ = delays.begin(Delay.Cause.MOUNT, named.apply(key), DEADLINE)) {
            return await(entry);
        }
    }

    private V await(Entry entry) throws IOException {
        try {
            return entry.made
                    .copy()
                    .orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS)
                    .join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() instanceof CompletionException inner ? inner.getCause() : e.getCause();
            if (cause instanceof java.util.concurrent.TimeoutException) {
                throw new IOException("a mount did not finish within " + DEADLINE.toSeconds() + " seconds", cause);
            }
            throw new IOException(cause == null ? e.toString() : String.valueOf(cause.getMessage()), cause);
        }
    }

    private void release(K key, Entry entry) throws IOException {
        List<Entry> ended = new ArrayList<>();
        lock.lock();
        try {
            if (--entry.users == 0 && entries.get(key) != entry) {
                ended.add(entry);
            } else if (entry.users == 0) {
                idle.put(key, entry);
                while (idle.size() > idleLimit) {
                    var eldest = idle.entrySet().iterator().next();
                    idle.remove(eldest.getKey());
                    entries.remove(eldest.getKey());
                    ended.add(eldest.getValue());
                }
            }
        } finally {
            lock.unlock();
        }
        dispose(ended);
    }

    /** Ends everything that nobody uses and whose key is one of those. */
    void disposeIdle(Predicate<K> which) throws IOException {
        List<Entry> ended = new ArrayList<>();
        lock.lock();
        try {
            for (K key : idle.keySet().stream().filter(which).toList()) {
                ended.add(idle.remove(key));
                entries.remove(key);
            }
        } finally {
            lock.unlock();
        }
        dispose(ended);
    }

    /**
     * Has the things with those keys made anew for whoever asks from now on. The ones that are there stay as long as somebody
     * uses them.
     *
     * @param ended run when the last of them has ended, by the thread that ends it; at once if there is none
     */
    void retire(Predicate<K> which, Runnable ended) throws IOException {
        List<Entry> unused = new ArrayList<>();
        var left = new AtomicInteger(1);
        Runnable oneLess = () -> {
            if (left.decrementAndGet() == 0) {
                ended.run();
            }
        };
        lock.lock();
        try {
            for (var retired : List.copyOf(entries.entrySet())) {
                K key = retired.getKey();
                Entry entry = retired.getValue();
                if (!which.test(key)) {
                    continue;
                }
                entries.remove(key);
                entry.ended = oneLess;
                left.incrementAndGet();
                if (idle.remove(key) != null) {
                    unused.add(entry);
                }
            }
        } finally {
            lock.unlock();
        }
        try {
            dispose(unused);
        } finally {
            oneLess.run();
        }
    }

    private void dispose(List<Entry> ended) throws IOException {
        IOException failure = null;
        for (Entry entry : ended) {
            try {
                disposer.dispose(await(entry));
            } catch (IOException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
            entry.ended.run();
        }
        if (failure != null) {
            throw failure;
        }
    }
}
