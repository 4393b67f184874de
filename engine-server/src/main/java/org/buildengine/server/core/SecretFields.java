package org.buildengine.server.core;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.buildengine.server.DaggerClient;
import org.buildengine.server.exec.SecretSource;

/** Fields that make secrets and read them. */
final class SecretFields {
    private static final int LONGEST = 128_000;

    /** Guessing a short secret from what is in the store shall take long. */
    private static final int ROUNDS = 100_000;

    private static final int HASH_BITS = 256;

    private final Facilities facilities;

    private SecretFields(Facilities facilities) {
        this.facilities = facilities;
    }

    static void register(FieldRegistry registry, Facilities facilities) {
        var fields = new SecretFields(facilities);
        registry.field("Query", "setSecret", fields::setSecret);
        registry.field("Query", "secret", fields::secret);
        registry.field("Secret", "name", call -> call.receiver(Secret.class).name());
        registry.field("Secret", "uri", call -> call.receiver(Secret.class).uri());
        registry.field("Secret", "plaintext", fields::plaintext);
    }

    private Secret setSecret(Call call) throws ApiException {
        String plaintext = call.text("plaintext");
        if (plaintext.length() > LONGEST) {
            throw new ApiException(
                    "TOO_LARGE",
                    "the plaintext of secret \"" + call.text("name") + "\" is longer than " + LONGEST + " characters");
        }
        return state(call).set(call.text("name"), plaintext);
    }

    private Secret secret(Call call) throws ApiException, InterruptedException {
        String uri = call.text("uri");
        if (!uri.contains("://")) {
            throw new ApiException("INVALID_ARGUMENT", "parse \"" + uri + "\": malformed id");
        }
        DaggerClient client = call.client();
        Optional<String> cacheKey = call.optionalText("cacheKey");
        String identity = cacheKey.isPresent() ? "key " + cacheKey.get() : identity(client, uri);
        Secret secret = Secret.provided(uri, identity);
        state(call).provide(secret, providedBy(client, uri));
        return secret;
    }

    private SecretSource providedBy(DaggerClient client, String uri) {
        return handle -> {
            try {
                return facilities.hosts().secret(client, uri);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while a secret was fetched");
            }
        };
    }

    /** What tells one plaintext from another in keys; one that cannot be read now is like no other. */
    private String identity(DaggerClient client, String uri) throws InterruptedException {
        try {
            return "plaintext " + hash(uri, facilities.hosts().secret(client, uri));
        } catch (IOException e) {
            return "unread " + UUID.randomUUID();
        }
    }

    private static String hash(String uri, byte[] plaintext) {
        char[] password = HexFormat.of().formatHex(plaintext).toCharArray();
        byte[] salt = ("build engine secret " + uri).getBytes(StandardCharsets.UTF_8);
        try {
            byte[] hash = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(password, salt, ROUNDS, HASH_BITS))
                    .getEncoded();
            return HexFormat.of().formatHex(hash);
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java platform has PBKDF2", e);
        }
    }

    private String plaintext(Call call) throws ApiException {
        Secret secret = call.receiver(Secret.class);
        try {
            return new String(state(call).secret(secret.handle()), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw Reading.caused(new ApiException("NOT_FOUND", Reading.message(e)), e);
        }
    }

    private SessionState state(Call call) {
        return facilities.sessions().of(call.client().session());
    }
}
