package org.buildengine.server.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.buildengine.server.exec.SecretSource;

/**
 * What one session remembers for its objects: the plaintext of its secrets and what it resolved once. Kept out of the
 * objects, since it must never reach a key or an id. Safe for use by several threads.
 */
public final class SessionState implements SecretSource {
    private final Map<String, Entry> secrets = new ConcurrentHashMap<>();
    private final Map<Object, CompletableFuture<Object>> memo = new ConcurrentHashMap<>();

    /** Sets the plaintext of the secret {@code name}; whoever has the older one sees the newer plaintext, too. */
    Secret set(String name, String plaintext) {
        byte[] bytes = plaintext.getBytes(StandardCharsets.UTF_8);
        Secret first = Secret.named(name, 0);
        Entry entry = secrets.compute(first.handle(), (handle, before) -> {
            if (before != null && before.source instanceof Fixed fixed && Arrays.equals(fixed.plaintext, bytes)) {
                return before;
            }
            return new Entry(before == null ? 0 : before.generation + 1, new Fixed(bytes));
        });
        return Secret.named(name, entry.generation);
    }

    /** Remembers how the plaintext of a secret is had. */
    void provide(Secret secret, SecretSource source) {
        secrets.putIfAbsent(secret.handle(), new Entry(0, source));
    }

    @Override
    public byte[] secret(String handle) throws IOException {
        Entry entry = secrets.get(handle);
        if (entry == null) {
            throw new IOException("no secret of this session is known under the handle " + handle
                    + ": make it again with setSecret or secret in this session");
        }
        return entry.source.secret(handle);
    }

    /**
     * The value of {@code key}: computed by the first who asks, while the others wait. A failure is not remembered.
     */
    <T> T once(Object key, Class<T> type, Callable<T> compute) throws Exception {
        while (true) {
            var mine = new CompletableFuture<Object>();
            CompletableFuture<Object> known = memo.putIfAbsent(key, mine);
            if (known == null) {
                return type.cast(computed(key, mine, compute));
            }
            try {
                return type.cast(known.get());
            } catch (ExecutionException e) {
                // Whoever computed it failed, perhaps because they were interrupted: this one tries for itself.
                memo.remove(key, known);
            }
        }
    }

    private <T> T computed(Object key, CompletableFuture<Object> mine, Callable<T> compute) throws Exception {
        try {
            T value = compute.call();
            mine.complete(value);
            return value;
        } catch (Exception | Error e) {
            memo.remove(key, mine);
            mine.completeExceptionally(e);
            throw e;
        }
    }

    private record Entry(long generation, SecretSource source) {}

    private static final class Fixed implements SecretSource {
        private final byte[] plaintext;

        private Fixed(byte[] plaintext) {
            this.plaintext = plaintext;
        }

        @Override
        public byte[] secret(String handle) {
            return plaintext.clone();
        }
    }
}
