package org.buildengine.snapshotter;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** A SHA-256 digest, printed as {@code sha256:<64 lower-case hex digits>}. Immutable; ordered as unsigned bytes. */
public final class Digest implements Comparable<Digest> {
    /** Length of the raw digest in bytes. */
    public static final int LENGTH = 32;

    private static final String PREFIX = "sha256:";

    private final byte[] bytes;

    private Digest(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The digest of {@code content}. */
    public static Digest of(byte[] content) {
        return new Digest(sha256().digest(content));
    }

    /** The digest of {@code text} in UTF-8. */
    public static Digest of(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Wraps a finished {@link #sha256()} computation, which is reset by this call. */
    public static Digest finish(MessageDigest sha256) {
        return new Digest(sha256.digest());
    }

    /**
     * Wraps 32 raw bytes; the array is copied.
     *
     * @throws IllegalArgumentException if the length is not {@link #LENGTH}
     */
    public static Digest ofRaw(byte[] raw) {
        if (raw.length != LENGTH) {
            throw new IllegalArgumentException("a SHA-256 digest has " + LENGTH + " bytes, not " + raw.length);
        }
        return new Digest(raw.clone());
    }

    /**
     * Reads the printed form.
     *
     * @throws IllegalArgumentException if {@code text} is not {@code sha256:} and 64 lower-case hex digits
     */
    public static Digest parse(String text) {
        if (!text.startsWith(PREFIX) || text.length() != PREFIX.length() + 2 * LENGTH) {
            throw new IllegalArgumentException("not a sha256 digest: \"" + text + "\"");
        }
        String hex = text.substring(PREFIX.length());
        if (!hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            throw new IllegalArgumentException("not a sha256 digest: \"" + text + "\"");
        }
        return new Digest(HexFormat.of().parseHex(hex));
    }

    /** A fresh SHA-256 computation. */
    public static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }

    /** The raw bytes, copied. */
    public byte[] toBytes() {
        return bytes.clone();
    }

    /** Feeds the raw bytes into another computation. */
    public void update(MessageDigest into) {
        into.update(bytes);
    }

    /** The 64 hex digits without the algorithm. */
    public String hex() {
        return HexFormat.of().formatHex(bytes);
    }

    @Override
    public int compareTo(Digest other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Digest that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return PREFIX + hex();
    }
}
