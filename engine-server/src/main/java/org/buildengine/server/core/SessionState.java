package org.buildengine.server.core;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.buildengine.server.exec.SecretSource;

/**
 * The plaintext of one session's secrets. Kept out of the objects, since it must never reach a key or an id. Safe for use by several threads.
 */
public final class SessionState implements SecretSource {
    private final Map<String, Entry> secrets = new ConcurrentHashMap<>();

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
