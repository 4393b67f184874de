package org.buildengine.server;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;

/**
 * Answers by key. The first who asks computes, on its own thread; others wait for it. A failure reaches those who wait
 * but is not remembered. If the one who computes is interrupted, one of those who wait takes over.
 */
final class Memo {
    private static final System.Logger LOG = System.getLogger(Memo.class.getName());

    private final ConcurrentMap<Object, CompletableFuture<Object>> answers = new ConcurrentHashMap<>();

    @SuppressWarnings("unchecked") // a key stands for one type: the caller's own
    <T> T once(Object key, Callable<? extends T> maker) throws Exception {
        while (true) {
            var mine = new CompletableFuture<Object>();
            CompletableFuture<Object> known = answers.putIfAbsent(key, mine);
            if (known == null) {
                return (T) compute(key, maker, mine);
            }
            try {
                return (T) known.get();
            } catch (CancellationException e) {
                // Whoever computed it was given up, and forgot the key before saying so: the next round computes.
                LOG.log(System.Logger.Level.TRACE, "{0} is computed again", key);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }

    private Object compute(Object key, Callable<?> maker, CompletableFuture<Object> mine) throws Exception {
        try {
            Object made = java.util.Objects.requireNonNull(maker.call(), "an answer");
            mine.complete(made);
            return made;
        } catch (InterruptedException e) {
            answers.remove(key, mine);
            mine.cancel(false);
            throw e;
        } catch (Exception | Error e) {
            answers.remove(key, mine);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    void clear() {
        answers.clear();
    }
}
